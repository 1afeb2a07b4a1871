// What a page of the workshop does beyond its HTML: it keeps itself up to date while it is served by
// `storytime serve`, fits the story's frame to its content, and shows the current entry of the tree.
//
// Messages of the server, as JSON:
//   {type: "hello", build, failures?}    on connect: what is served now, what its build could not do
//   {type: "reload", build, pages}       a build has ended; `pages`: the files that changed or vanished
//   {type: "failed", build, failures}    a build could not do all; where it did a part, after `reload`
// A build's id is a digest of what is served: the same id, the same content.

const ROOT = new URL(".", import.meta.url);
const PAGE = document.documentElement.dataset.page; // "*" on the server's own pages: any change counts
const SHARED = ["storytime.css", "storytime.js"];
const FIRST_WAIT = 250; // ms; doubled up to LONGEST_WAIT
const LONGEST_WAIT = 10_000;

// --- reloading -------------------------------------------------------------------------------------

let build = buildOfThisPage();
let socket = null;
let wasOpen = false;
let wait = FIRST_WAIT;
let timer;

function connect() {
  if (socket) return;
  clearTimeout(timer);
  const url = new URL("ws/reload", ROOT);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.onopen = () => {
    wasOpen = true;
    wait = FIRST_WAIT;
  };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = () => {
    socket = null;
    if (!wasOpen) return; // a static host: there is no server to wait for
    timer = setTimeout(connect, wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  };
}

function reconnect() {
  if (wasOpen && !document.hidden) connect();
}

function receive(message) {
  if (message.type === "hello") {
    const behind = build !== undefined && message.build !== build;
    if (behind && mayReload(`${build} ${message.build}`)) location.reload();
    build = message.build;
    const failures = message.failures ?? [];
    showFailures(isDismissed(failures) ? [] : failures);
  } else if (message.type === "reload") {
    build = message.build;
    showFailures([]);
    update(new Set(message.pages));
  } else if (message.type === "failed") {
    dismiss([]);
    showFailures(message.failures);
    if (PAGE === "*") location.reload();
  }
}

function update(changed) {
  if (PAGE === "*" || [PAGE, ...SHARED].some((file) => changed.has(file))) {
    location.reload();
    return;
  }
  for (const frame of storyFrames()) {
    if (changed.has(frame.dataset.page)) frame.src = frame.src;
  }
}

// A page loaded just before a build ends connects just after it, and the browser may show an old one
// when a person goes back. The page's bytes don't tell its build; the header they came with does:
// `Server-Timing: build;desc="ID"`, the one header of a page that its script can read.
function buildOfThisPage() {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.serverTiming?.find((entry) => entry.name === "build")?.description;
}

// Once only for the same two builds: a cache between that keeps the header would have it go on for ever.
function mayReload(between) {
  if (history.state?.storytimeReloaded === between) return false;
  history.replaceState({ ...history.state, storytimeReloaded: between }, "");
  return true;
}

// --- failures --------------------------------------------------------------------------------------

const banner = document.createElement("div");
banner.className = "st-banner";
banner.setAttribute("role", "status");

function showFailures(failures) {
  banner.replaceChildren();
  const told = document.querySelector(".st-failure")?.textContent ?? "";
  if (failures.every(({ message }) => told.includes(message))) return; // by the page itself
  const [{ path, message, file, line }] = failures;
  const text = document.createElement("p");
  const heading = document.createElement("strong");
  heading.textContent = `Build failed: ${path || "the site"}`;
  const place = file ? ` (${line ? `${file}:${line}` : file})` : "";
  const more = failures.length > 1 ? ` – and ${failures.length - 1} more` : "";
  text.append(heading, ` ${message}${place}${more}`);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Dismiss";
  button.onclick = () => {
    dismiss(failures);
    banner.replaceChildren();
  };
  banner.append(text, button);
}

// Every page hears of the failures anew; those that were dismissed on one stay so on the next, until
// a build fails again.
const DISMISSED = "storytime-dismissed";

function dismiss(failures) {
  try {
    sessionStorage.setItem(DISMISSED, JSON.stringify(failures));
  } catch {
    // storage is switched off
  }
}

function isDismissed(failures) {
  try {
    return sessionStorage.getItem(DISMISSED) === JSON.stringify(failures);
  } catch {
    return false;
  }
}

// --- the page --------------------------------------------------------------------------------------

function storyFrames() {
  return document.querySelectorAll("iframe.st-frame");
}

// A frame grows with its content where the browser lets its document be seen. It is measured at the
// height that the stylesheet gives it: content as high as its window (100vh) would grow for ever.
function fit(frame) {
  const root = frame.contentDocument?.documentElement;
  if (!root) return;
  const top = scrollY;
  frame.style.height = "";
  const missing = root.scrollHeight - root.clientHeight;
  if (missing > 0) frame.style.height = `${frame.offsetHeight + missing}px`;
  if (scrollY !== top) scrollTo({ top, behavior: "instant" });
}

function keepFitted(frame) {
  let sizes;
  const watch = () => {
    sizes?.disconnect();
    if (!frame.contentDocument?.body) return;
    sizes = new ResizeObserver(() => requestAnimationFrame(() => fit(frame)));
    sizes.observe(frame.contentDocument.body);
  };
  frame.addEventListener("load", watch);
  if (frame.contentDocument?.readyState === "complete") watch();
}

function showCurrent() {
  const tree = document.getElementById("st-tree");
  const current = tree?.querySelector("[aria-current]");
  if (!current) return;
  const offset = current.getBoundingClientRect().top - tree.getBoundingClientRect().top;
  if (offset > tree.clientHeight - current.offsetHeight) tree.scrollTop = offset - tree.clientHeight / 2;
}

storyFrames().forEach(keepFitted);
showCurrent();
document.getElementById("st-tree")?.addEventListener("toggle", showCurrent);
if (location.protocol.startsWith("http")) {
  document.body.append(banner);
  connect();
  addEventListener("online", reconnect);
  addEventListener("pageshow", reconnect);
  document.addEventListener("visibilitychange", reconnect);
}
