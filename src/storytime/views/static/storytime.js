// What a page does beyond its HTML: the whole tree, search, keys, the frame's tools,
// tabs, and keeping all up to date while `storytime serve` runs (README: "Reload protocol").

import "./frame.js";

const ROOT = new URL(".", import.meta.url);
const root = document.documentElement;
const { isField, morph, remember } = globalThis.storytime;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

const page = () => root.dataset.page; // "*" on the server's own pages: any change counts
const current = () => page().replace(/\/?index\.html$/, "");
const pathOf = (href) => decodeURIComponent(href.slice(ROOT.href.length)).replace(/\/?index\.html$/, "");
const urlOf = (file) => new URL(encodeURI(file).replace(/[?#]/g, encodeURIComponent), ROOT).href;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// What a browser keeps, where it may: in this tab, or for good.
const TAB = "sessionStorage";
const EVER = "localStorage";

function kept(storage, name, fallback) {
  try {
    return JSON.parse(globalThis[storage].getItem(`storytime-${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

function keep(storage, name, value) {
  try {
    globalThis[storage].setItem(`storytime-${name}`, JSON.stringify(value));
  } catch {
    // storage is switched off
  }
}

// --- from page to page ---

let shown = location.pathname;
let visits = 0;

async function fetched(url) {
  const response = await fetch(url, { cache: "no-cache" });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  return { ok: response.ok, fresh, timing: response.headers.get("Server-Timing") };
}

async function visit(url, push = true) {
  const number = ++visits;
  const before = build;
  const answer = await fetched(url).catch(() => ({}));
  if (number !== visits) return;
  if (!answer.ok || page() === "*") return location.assign(url); // the browser says what is wrong
  if (push) {
    noteScroll();
    history.pushState(null, "", url);
  }
  shown = location.pathname;
  const inTree = $("#st-tree").contains(document.activeElement);
  setFull(false);
  show(answer.fresh);
  if (build !== before) await refreshPage(); // it may be of before that
  rescroll();
  if (!inTree) $("#st-content").focus({ preventScroll: true });
}

const noteScroll = () => history.replaceState({ scroll: scrollY }, "");

// To where the person left this entry of the history, else to what the address names.
function rescroll() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && !history.state) target.scrollIntoView();
  else scrollTo(0, history.state?.scroll ?? 0);
}

function show(fresh) {
  root.dataset.page = fresh.documentElement.dataset.page;
  document.title = fresh.title;
  for (const selector of [".st-brand", ".st-top", "#st-content"]) {
    $(selector).replaceWith($(selector, fresh));
  }
  if (tree) $("#st-tree:popover-open")?.hidePopover();
  else $("#st-tree").replaceChildren(...$("#st-tree", fresh).childNodes);
  settle();
  remember($("#st-content"));
}

// Whatever follows from other content.
function settle() {
  setUpPanels();
  applyTools();
  linkPlaces();
  markCurrent();
  showFailures();
}

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const [url, hash] = link.href.split("#");
  if (hash && url === location.href.split("#")[0]) return noteScroll();
  if (!url.startsWith(ROOT.href) || !/(\/|index\.html)$/.test(url)) return;
  event.preventDefault();
  visit(link.href);
});

addEventListener("popstate", () => {
  if (location.pathname !== shown) visit(location.href, false);
  else rescroll();
});

// --- the tree ---

let tree; // the whole one, once it is there
let entries = []; // its links, and in lower case what they are found by
const open = new Set(kept(TAB, "open", []));
const changed = new Set(kept(TAB, "changed", []));

async function loadTree() {
  const { ok, fresh, timing } = await fetched(new URL("tree.html", ROOT)).catch(() => ({}));
  if (!ok) return; // what the page holds has to do
  if (timing) connect(); // else a static host's
  const list = $("ul", fresh);
  for (const link of $$("a", list)) link.href = new URL(link.getAttribute("href"), ROOT).href;
  if (tree) morph(tree, list);
  else {
    $("#st-tree").replaceChildren(list);
    remember((tree = list));
  }
  entries = $$("a", tree).map(entry);
  for (const { path } of entries) if (open.has(path)) setOpen(path, true);
  markCurrent();
}

function entry(link) {
  const path = pathOf(link.href);
  const row = link.parentElement;
  const title = $(".st-title", link).textContent;
  const above = row.parentElement.closest("li")?.firstElementChild.dataset.trail;
  const trail = above ? `${above} / ${title}` : title;
  Object.assign(link.dataset, { path, trail });
  const [own, all] = [title, trail].map((text) => text.toLowerCase());
  return { link, path, title, above: above ?? "", own, all, isStory: row.matches(".st-is-story") };
}

const linkTo = (path) => tree && $(`a[data-path="${CSS.escape(path)}"]`, tree);

function setOpen(path, opened) {
  const row = linkTo(path)?.parentElement;
  const toggle = row && $(".st-toggle", row);
  if (!toggle) return;
  toggle.ariaExpanded = opened;
  $("ul", row).hidden = !opened;
  open[opened ? "add" : "delete"](path);
  keep(TAB, "open", [...open]);
}

const branch = (path) => path.split("/").map((_, end, parts) => parts.slice(0, end + 1).join("/"));

function markCurrent() {
  const place = $("#st-tree");
  const path = current();
  if (tree) {
    for (const each of branch(path)) setOpen(each, true);
    $("[aria-current]", tree)?.removeAttribute("aria-current");
    linkTo(path)?.setAttribute("aria-current", "page");
    changed.delete(path);
    keep(TAB, "changed", [...changed]);
    const marked = new Set([...changed].flatMap(branch));
    for (const each of entries) mark(each.link, marked.has(each.path));
  }
  const link = $("#st-tree [aria-current]");
  if (!link?.checkVisibility()) return;
  const top = link.getBoundingClientRect().top - place.getBoundingClientRect().top;
  if (top < 0 || top > place.clientHeight - 40) place.scrollTop += top - place.clientHeight / 3;
}

// A story that a build changed is marked until it is looked at; so are the branches that hold it.
function mark(link, marked) {
  const old = $(".st-changed", link);
  if (!marked) old?.remove();
  else if (!old) link.append(make("span", { className: "st-changed", title: "changed" }, make("span", { className: "st-hidden" }, " changed")));
}

function treeKey(key, link) {
  const links = $$("a", tree).filter((each) => each.checkVisibility());
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  const { path } = link.dataset;
  const toggle = $(".st-toggle", link.parentElement);
  const opened = toggle?.ariaExpanded === "true";
  if (by) links[links.indexOf(link) + by]?.focus();
  else if (toggle && opened === (key === "ArrowLeft")) setOpen(path, !opened);
  else if (key === "ArrowLeft") linkTo(branch(path).at(-2) ?? "")?.focus();
}

// --- search ---

const MOST_FOUND = 40;
let found = [];
let chosen = 0;

function score(term, { own, all }) {
  const at = own.indexOf(term);
  if (at >= 0) return (at === 0 ? 100 : /\w/.test(own[at - 1]) ? 60 : 80) - own.length / 10;
  return all.includes(term) ? 40 : fuzzy(term, own) || fuzzy(term, all) || fuzzy(term, own, term.length / 5);
}

// The term's letters in their order, not too far apart; so many may be wrong.
function fuzzy(term, text, wrong = 0) {
  let gaps = 0;
  let last;
  for (const letter of term) {
    const at = text.indexOf(letter, last + 1 || 0);
    if ((at < 0 || at > last + 3) && --wrong >= 0) continue;
    if (at < 0) return 0;
    gaps += at - (last ?? at - 1) - 1;
    last = at;
  }
  return gaps > 3 * term.length ? 0 : Math.max(1, 20 - gaps);
}

function search(query) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = [];
  for (const each of terms.length ? entries : []) {
    let sum = 0;
    const fits = terms.every((term) => {
      const points = score(term, each);
      sum += points;
      return points;
    });
    if (fits) scored.push([sum, each]);
  }
  return scored.sort(([one], [other]) => other - one).slice(0, MOST_FOUND).map(([, each]) => each);
}

function showFound() {
  const field = $(".st-query");
  found = search(field.value);
  const options = found.map(({ title, above }, number) => {
    const option = make("li", { id: `st-found-${number}`, role: "option" }, make("span", {}, title), make("small", {}, above));
    option.onclick = () => openFound(number);
    return option;
  });
  if (!found.length && field.value) options.push(make("li", { role: "option" }, "Nothing found."));
  $("#st-found").replaceChildren(...options);
  field.ariaExpanded = options.length > 0;
  choose(0);
}

function choose(number) {
  chosen = Math.max(0, Math.min(number, found.length - 1));
  $("#st-found [aria-selected]")?.removeAttribute("aria-selected");
  const option = $(`#st-found-${chosen}`);
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  $(".st-query").setAttribute("aria-activedescendant", option?.id ?? "");
}

function openFound(number) {
  if (!found[number]) return;
  $("#st-search").close();
  visit(found[number].link.href);
}

function openSearch() {
  $("#st-search").showModal();
  $(".st-query").select();
  showFound();
}

// --- keys and buttons ---

const actions = {
  search: openSearch,
  help: () => $("#st-help").showModal(),
  next: () => step(1),
  previous: () => step(-1),
  full: () => setFull(!root.classList.contains("st-full")),
  outline: () => setTool("outlined", !tools.outlined),
  scheme: () => setTool("scheme", tools.scheme === "dark" ? "light" : "dark"),
  copy,
};
const KEYS = { "/": "search", "?": "help", j: "next", k: "previous", f: "full", o: "outline", d: "scheme" };

// A key pressed in the page or, as its frame tells, in a story; never while someone types.
function press(key, command) {
  if ($("dialog[open]") || page() === "*") return false;
  if (command) {
    if (key.toLowerCase() !== "k") return false;
    openSearch();
  } else if (key === "Escape") setFull(false);
  else if (Object.hasOwn(KEYS, key) && kept(EVER, "keys", true)) {
    if ("fod".includes(key) && !$(".st-tools")) return false;
    actions[KEYS[key]]();
  } else return false;
  return true;
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  const command = event.ctrlKey || event.metaKey;
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const arrow = !command && key.startsWith("Arrow");
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (arrow && target.matches?.("#st-tree a") && tree) treeKey(key, target);
  else if (by && target.matches?.(".st-handle")) {
    setWidth($(".st-sizer .st-frame").clientWidth + by * (event.shiftKey ? 50 : 10));
  } else if (by && target.matches?.(".st-tab")) {
    const tabs = $$(".st-tab");
    const tab = tabs.at((tabs.indexOf(target) + by) % tabs.length);
    tab.focus();
    tab.click();
  } else if (isField(target) || !press(key, command)) return;
  event.preventDefault();
});

addEventListener("click", ({ target }) => {
  if (target.matches("dialog")) target.close(); // its backdrop
  const button = target.closest("button");
  const { do: action, viewport, panel } = button?.dataset ?? {};
  if (action) actions[action](button);
  else if (viewport != null) setTool("viewport", viewport);
  else if (panel) {
    selectPanel(panel);
    history.replaceState(history.state, "", `#st-${panel}`);
  } else if (button?.matches(".st-toggle")) {
    setOpen($("a", button.parentElement).dataset.path, button.ariaExpanded === "false");
  }
});

addEventListener("change", ({ target }) => {
  if (target.dataset.tool) setTool(target.dataset.tool, target.value);
  if (target.id === "st-keys") keep(EVER, "keys", target.checked);
});

// The story after or before, also over the end of a subject.
function step(by) {
  let at = entries.findLastIndex(({ path }) => `${current()}/`.startsWith(`${path}/`));
  do at += by; while (entries[at] && !entries[at].isStory);
  if (entries[at]) visit(entries[at].link.href);
}

function copy(button) {
  const code = $("code", button.closest(".st-code"));
  getSelection().selectAllChildren(code);
  button.textContent = document.execCommand("copy") ? "Copied" : "Selected"; // also without https
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

// --- the story's frame and its tools ---

const tools = { viewport: "", zoom: "1", background: "", scheme: "", outlined: false, ...kept(EVER, "tools", {}) };
const frames = () => $$(".st-frame");
const tell = (frame, message) => frame.contentWindow?.postMessage(message, "*");

function setTool(name, value) {
  tools[name] = value;
  keep(EVER, "tools", tools);
  applyTools();
}

function applyTools() {
  const sizer = $(".st-sizer");
  if (!sizer) return;
  const [width, height] = tools.viewport.split("x");
  sizer.style.width = width && `${width * tools.zoom}px`;
  const frame = $(".st-frame", sizer);
  const { zoom, scheme: colorScheme } = tools;
  Object.assign(frame.style, { zoom, colorScheme, height: `${height || frame.dataset.height}px` });
  frame.classList.toggle("st-fixed", Boolean(height));
  for (const each of $$("[data-viewport]")) each.ariaPressed = each.dataset.viewport === tools.viewport;
  for (const select of $$("[data-tool]")) select.value = tools[select.dataset.tool];
  $("[data-do=outline]")?.setAttribute("aria-pressed", tools.outlined);
  tellLook(frame);
  showSize();
}

function tellLook(frame) {
  if (frame.closest(".st-sizer")) tell(frame, { storytime: "look", ...tools });
}

function showSize() {
  const frame = $(".st-sizer .st-frame");
  if (!frame) return;
  const width = frame.clientWidth;
  $(".st-size").textContent = `${width} × ${frame.clientHeight}`;
  $(".st-handle").ariaValueNow = width;
}

function setWidth(width) {
  setTool("viewport", `${Math.round(Math.min(Math.max(width, 200), 2560))}x${tools.viewport.split("x")[1] ?? ""}`);
}

addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.(".st-handle");
  if (!handle) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  root.classList.add("st-dragging"); // else the frame takes the pointer's moves
  const { left, right } = $(".st-sizer").getBoundingClientRect();
  const middle = (left + right) / 2 + event.clientX - right; // it stays there
  handle.onpointermove = ({ clientX }) => setWidth((2 * (clientX - middle)) / tools.zoom);
  handle.onlostpointercapture = () => {
    handle.onpointermove = null;
    root.classList.remove("st-dragging");
  };
});

function setFull(full) {
  root.classList.toggle("st-full", full);
  const button = $("[data-do=full]");
  button?.setAttribute("aria-pressed", full);
  if (full) button?.focus();
  showSize();
}

addEventListener("message", ({ source, data }) => {
  const frame = frames().find(({ contentWindow }) => contentWindow === source);
  if (!frame || !data?.storytime) return;
  if (data.storytime === "ready") {
    frame.dataset.ready = "";
    tellLook(frame);
    if (frame.dataset.scroll) tell(frame, { storytime: "scroll", to: frame.dataset.scroll.split(",") });
  } else if (data.storytime === "height") fit(frame, Number(data.height));
  else if (data.storytime === "key") press(String(data.key), data.command);
  else if (data.storytime === "reload") reloadFrame(frame, data);
});

function fit(frame, height) {
  frame.dataset.height = Math.min(height, 20_000) || 0;
  if (!frame.classList.contains("st-fixed")) frame.style.height = `${frame.dataset.height}px`;
  showSize();
}

// The new document loads behind the old one, which stays until it is there: no white flash.
function reloadFrame(frame, { x = 0, y = 0 } = {}) {
  $(".st-next", frame.parentElement)?.remove();
  const next = frame.cloneNode();
  next.loading = "eager";
  delete next.dataset.ready;
  next.dataset.scroll = [x, y];
  next.classList.add("st-next");
  next.addEventListener("load", () => {
    next.classList.remove("st-next");
    frame.remove();
    applyTools();
  }, { once: true });
  frame.after(next);
}

async function refreshFrame(frame) {
  const response = await fetch(frame.src, { cache: "no-cache" }).catch(() => ({}));
  if (!response.ok) return; // the next build says why
  const html = await response.text();
  // One that is about to be replaced would not answer.
  if ("ready" in frame.dataset && !$(".st-next", frame.parentElement)) tell(frame, { storytime: "html", html });
  else reloadFrame(frame);
}

// --- panels ---

function setUpPanels() {
  const names = $$(".st-tab").map(({ dataset }) => dataset.panel);
  const wanted = names.find((name) => `#st-${name}` === location.hash);
  if (names.length) selectPanel(wanted ?? kept(TAB, "panel", names[0]));
}

function selectPanel(name) {
  keep(TAB, "panel", name);
  for (const tab of $$(".st-tab")) {
    const selected = tab.dataset.panel === name;
    tab.ariaSelected = selected;
    tab.tabIndex = selected ? 0 : -1;
    $(`#st-${tab.dataset.panel}`).hidden = !selected;
  }
}

addEventListener("hashchange", setUpPanels);

// --- what is served ---

const WAIT = 1000; // ms between two tries to connect
const SCRIPTS = ["storytime.js", "start.js"];

// The build that the page is of (one may have ended since): `Server-Timing: build;desc="ID"`.
let build = performance.getEntriesByType("navigation")[0]?.serverTiming?.find(({ name }) => name === "build")?.description;
let socket = null;
let timer;
let handled = Promise.resolve(); // what came is handled one after the other

function connect() {
  timer ??= 0;
  if (socket || document.hidden) return;
  clearTimeout(timer);
  const url = new URL("ws/reload", ROOT);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.onopen = () => notices.get("lost")?.remove();
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = () => {
    socket = null;
    notice("lost", "The connection to the server is lost. Trying again …");
    timer = setTimeout(connect, WAIT);
  };
}

function receive(message) {
  const before = build;
  const { type, text, notices: texts = text ? [text] : [] } = message;
  for (const each of texts) notice(each, each);
  if (type !== "notice") {
    build = message.build;
    failures = message.failures ?? [];
  }
  if (type === "hello") ({ editor, base } = message);
  let step;
  if (type === "hello" && ![undefined, build].includes(before)) step = () => update();
  // A server that has just begun calls all new.
  if (type === "reload") step = () => update(before ? new Set(message.pages) : null);
  if (type === "failed" && page() === "*") step = () => location.reload();
  handled = handled.then(step).then(showFailures).then(linkPlaces);
}

// `files` are those that changed; without them it may be any: what a lost connection missed.
async function update(files) {
  const has = (file) => files?.has(file) ?? true;
  const named = [...(files ?? [])];
  if (page() === "*" || (files && SCRIPTS.some(has))) return location.reload();
  if (files?.has("storytime.css")) reloadStyle();
  // Where nothing failed or vanished, the tree is the same.
  const hasTree = has("tree.html");
  if (hasTree) await loadTree();
  for (const path of named.map(storyOf)) if (path) changed.add(path);
  markCurrent();
  if (hasTree && tree && current() && !linkTo(current())) {
    if (!failures.some(concerns)) location.reload();
    return;
  }
  const refreshed = !has(page()) || refreshPage();
  if (hasTree && !(await refreshed)) return;
  for (const frame of $$(".st-frame:not(.st-next)")) {
    if (!storyOf(frame.dataset.page)) continue; // its last good picture stays
    if (files?.has("frame.js")) reloadFrame(frame);
    else if (has(frame.dataset.page)) refreshFrame(frame);
    else tell(frame, { storytime: "assets", urls: named.map(urlOf) });
  }
}

// The path of the story that a file is the document of; none where it failed.
function storyOf(file) {
  const link = linkTo(file.replace("/frame.html", ""));
  return link && !$(".st-failed", link) && link.dataset.path;
}

function reloadStyle() {
  const old = $('link[rel="stylesheet"]');
  const fresh = make("link", { rel: "stylesheet", href: new URL(`storytime.css?${build}`, ROOT).href });
  fresh.onload = () => old.remove();
  old.after(fresh);
}

// Puts the page's new HTML into the old; not where the story failed: its last good picture stays.
async function refreshPage() {
  const at = shown;
  const { fresh } = await fetched(at).catch(() => ({})); // the next greeting catches up
  const main = fresh && $("#st-content", fresh);
  if (!main || at !== shown || ($(".st-stage") && $(".st-failure", main))) return false;
  document.title = fresh.title;
  // A frame that loads behind another stays. So does, on a subject's page, what failed: a story or all.
  const pictures = `.st-next, .st-look > .st-view${$(".st-failure", main) ? ", .st-looks" : ""}`;
  morph($("#st-content"), main, pictures);
  morph($(".st-top"), $(".st-top", fresh));
  settle();
  return true;
}

// --- what went wrong ---

let failures = [];
let hidden = ""; // the failures that a person put away
let editor; // "vscode://file{file}:{line}"
let base; // the folder that files are named from
const notices = new Map();

function notice(name, text, ...more) {
  notices.get(name)?.remove();
  const close = make("button", { type: "button", className: "st-button" }, "Dismiss");
  const line = make("p", {}, make("span", {}, text, ...more), close);
  close.onclick = () => {
    line.remove();
    if (name === "failures") hidden = JSON.stringify(failures);
  };
  notices.set(name, line);
  $(".st-notices").append(line);
}

const concerns = ({ path }) => $(".st-stage") && (!path || `${current()}/`.startsWith(`${path}/`));

// Over the story what concerns it; of the rest one line, but for what the page says itself.
async function showFailures() {
  notices.get("failures")?.remove();
  const stage = $(".st-stage");
  const said = $$("main :is(.st-failure, .st-look > p):not(.st-overlay *)").map(({ textContent }) => textContent).join();
  const rest = failures.filter((each) => !concerns(each) && !said.includes(each.message));
  if (rest.length && hidden !== JSON.stringify(failures)) {
    const [{ path: at, message }] = rest;
    const more = rest.length > 1 ? ` – and ${rest.length - 1} more` : "";
    notice("failures", "Build failed: ", make("a", { href: urlOf(at ? `${at}/index.html` : "index.html") }, at || "the site"), ` ${message}${more}`);
  }
  const asked = failures;
  const paths = failures.filter(concerns).map(({ path }) => path);
  const told = paths.length && (await fetched(new URL("failures.html", ROOT)).catch(() => 0));
  if (failures !== asked || stage !== $(".st-stage")) return; // others by now
  $(".st-overlay")?.remove();
  if (!told) return;
  const blocks = $$(".st-failure", told.fresh).filter(({ dataset }) => paths.includes(dataset.path));
  stage.append(make("div", { className: "st-overlay", role: "alert" }, ...blocks));
  linkPlaces();
}

// A file and line as a link that opens the editor, where the server named one.
function linkPlaces(within) {
  if (!editor) return;
  for (const element of $$(".st-place:not(:has(a))", within)) {
    const { file, line } = element.dataset;
    const full = /^([\\/]|\w:)/.test(file) ? file : `${base}/${file}`;
    const href = editor.replace("{file}", encodeURI(full)).replace("{line}", line === "0" ? "1" : line);
    element.replaceChildren(make("a", { href, title: "Open in the editor" }, ...element.childNodes));
  }
}

// --- at the start ---

document.body.append(make("div", { className: "st-notices", role: "status" }));
history.scrollRestoration = "manual";
if (history.state) rescroll();
addEventListener("beforeunload", noteScroll); // at "pagehide" it is too late
addEventListener("resize", showSize);
remember(document.body);
if (page() !== "*") {
  const field = $(".st-query");
  field.oninput = showFound;
  field.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) choose(chosen + by);
    else if (event.key === "Enter") openFound(chosen);
    else return;
    event.preventDefault();
  };
  $("#st-keys").checked = kept(EVER, "keys", true);
  $("#st-tree").addEventListener("toggle", markCurrent);
  settle();
  loadTree();
} else connect();
for (const frame of frames()) tell(frame, { storytime: "greet" });
addEventListener("visibilitychange", () => timer != null && connect());
