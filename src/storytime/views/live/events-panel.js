// The panel of what happened in a story: its events, and its requests, which the server answers here
// with the story's responses. `events.js` sends both from the frame. A story's script can send
// them, too, in any number and with any content.

import { linkPlaces } from "../failures.js";
import { $, $$, current, live, make, urlOf } from "../page.js";
import { setUpPanels, tell } from "../story.js";

const MOST = 200; // rows
const LONGEST = 2000; // characters of a text
const LARGEST = 100_000; // characters of a request, as the server takes them
const MOST_REQUESTS = 20; // at once, and in a second
const PAUSE = 100; // ms between two updates of the list
const QUIET = 2000; // ms between two announcements
const STATE = "?st-state="; // has the server add `events.js` to the document

let story; // what is on screen: its path, and what `showEvents` was given
let context;
let count = 0; // of what happened since the list was cleared
let fresh = []; // rows that are not in the list yet
let requests = new Map(); // rows whose status isn't known yet, by the frame's ids

// --- the panel ---

document.head.append(make("link", { rel: "stylesheet", href: urlOf("ws/events.css") }));
const rows = make("tbody");
const head = make("thead");
head.innerHTML = "<tr>" + ["Time", "Event", "Target", "Details"]
  .map((name) => `<th scope="col">${name}</th>`).join("") + "</tr>";
const table = make("table", { className: "st-props" }, head, rows);
const list = make("div", { className: "st-scroll st-happened", tabIndex: 0, role: "group" }, table);
list.ariaLabel = "What happened";
const hint = make("p", { className: "st-empty" });
const status = make("p", { className: "st-hidden", role: "status" });
const clearing = make("button", { type: "button", className: "st-button" }, "Clear");
const reloading = make("button", { type: "button", className: "st-button" }, "Load the story again");
const title = make("h2", { id: "st-events-title" }, "Events");
const buttons = make("p", { className: "st-event-buttons" }, reloading, clearing);
const panel = make("section", { className: "st-panel st-stays", id: "st-events" }, title, buttons, hint, list, status);
panel.setAttribute("aria-labelledby", title.id);
const number = make("span", { className: "st-count" });
const tab = make("button", { className: "st-tab st-stays", type: "button", role: "tab" }, "Events ", number);
tab.setAttribute("aria-controls", panel.id);
tab.dataset.panel = "events";

// Show the panel for a story: `answer` is one to `ws/props`. `given` has the story's path, `post`,
// which posts JSON to the server, and `showSource`, which loads the frame's document with a query.
export function showEvents(answer, given) {
  if (given.story !== story) clear();
  story = given.story;
  context = { ...given, ...answer };
  if (!tab.isConnected) {
    $(".st-tabs").append(tab);
    $(".st-panels").append(panel);
    setUpPanels();
  }
  const frame = shownFrame();
  if (frame && "ready" in frame.dataset && !loaded.has(frame)) load(frame);
  if (frame) listen(frame);
  update();
}

function clear() {
  count = 0;
  fresh = [];
  requests = new Map();
  rows.replaceChildren();
  update();
}

clearing.onclick = () => {
  clear();
  tab.focus();
};
reloading.onclick = () => showOwn(shownFrame());

let updated = 0;
let timer;

function updateSoon() {
  timer ??= setTimeout(update, Math.max(0, updated + PAUSE - performance.now()));
}

function update() {
  clearTimeout(timer);
  timer = undefined;
  updated = performance.now();
  const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  rows.append(...fresh);
  fresh = [];
  while (rows.childElementCount > MOST) rows.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
  list.hidden = clearing.hidden = !count;
  reloading.hidden = !context?.responses.length;
  hint.hidden = count > 0;
  hint.textContent = context?.events.length
    ? `Nothing has happened yet. Listens to: ${context.events.join(", ")}.`
    : 'Nothing has happened yet. Events that Story(events=["click"]) names are listed here, and the story’s requests.';
  number.hidden = !count;
  number.textContent = count > 999 ? "999+" : `${count}`;
  announce();
}

let announced = 0; // how many events the last announcement was about
let quiet; // the timer until the next one

// Say how many there are, not each of them.
function announce() {
  if (quiet || announced === count) return;
  announced = count;
  const last = rows.lastElementChild?.children[1].textContent;
  status.textContent = count ? `${count === 1 ? "1 event" : `${count} events`}, last: ${last}` : "";
  quiet = setTimeout(() => {
    quiet = undefined;
    announce();
  }, QUIET);
}

// --- rows ---

const text = (value, longest = LONGEST) => typeof value === "string" ? value.slice(0, longest) : "";

function add(type, target, details) {
  const now = new Date();
  const time = `${now.toTimeString().slice(0, 8)}.${`${now.getMilliseconds()}`.padStart(3, "0")}`;
  const code = (content) => make("code", {}, text(content));
  const cell = make("td", {}, ...(details ? [code(details)] : []));
  const name = make("th", { scope: "row" }, code(type));
  fresh.push(make("tr", {}, make("td", {}, time), name, make("td", {}, code(target)), cell));
  if (fresh.length > MOST) fresh.shift();
  count++;
  updateSoon();
  return cell;
}

const note = (cell, content) => cell.append(make("small", {}, content));

// --- messages of the frame ---

const shownFrame = () => $(".st-canvas .st-frame:not(.st-next)");
const loaded = new WeakSet(); // frames that were asked to load `events.js`
function load(frame) {
  loaded.add(frame);
  tell(frame, "script", { src: urlOf("ws/events.js") });
}

live.ready = (frame) => {
  if (isShown() && frame.closest(".st-canvas")) load(frame);
};

const isShown = () => context?.story === current();
const listen = (frame) =>
  tell(frame, "listen", { named: context.events, responses: context.responses });

const showOwn = (frame) => context.showSource(frame, context.source ?? STATE);

const asks = {
  listening({ isFirst }, frame) {
    // A request that the story made before is lost.
    const isLate = isFirst !== true && !frame.src.includes(STATE);
    const isLoading = $(".st-next", frame.parentElement);
    if (isLate && !isLoading && context.responses.length) showOwn(frame);
    listen(frame);
  },
  events({ list: happened }) {
    if (!Array.isArray(happened)) return;
    for (const each of happened.slice(-MOST)) {
      add(text(each?.type, 100) || "event", text(each?.target, 300), text(each?.text));
    }
  },
  status({ id, status: code }) {
    const cell = requests.get(id);
    if (cell) note(cell, `→ ${code ? text(`${code}`, 3) : "failed"}`);
    requests.delete(id);
  },
  request(data, frame, window) {
    const key = context.responses.find((each) => each === data.key);
    const method = text(data.method, 20);
    const [url] = text(data.url, 500).split("?");
    const cell = add(`${method} ${url}`, text(data.from, 300), text(data.text));
    if (key) return respond({ ...data, key }, cell, window);
    note(cell, `No response. To give one: Story(responses={"${method} ${url}": …})`);
    requests.set(data.id, cell);
    if (requests.size > MOST) requests.delete(requests.keys().next().value);
  },
};

addEventListener("message", ({ source, data }) => {
  if (!Object.hasOwn(asks, data?.storytime) || !isShown()) return;
  // One of two frames loads behind the other.
  const frame = $$(".st-canvas .st-frame").find((each) => each.contentWindow === source);
  if (frame) asks[data.storytime](data, frame, source);
});

// --- requests ---

let begun = []; // when the last requests began
let flying = 0;

async function respond(data, cell, window) {
  const answer = await answerTo(data);
  const { status: code, message, failure, html, headers = {}, source } = answer;
  note(cell, `→ ${code}${message ? `: ${message}` : ""}`);
  if (failure) {
    const { body } = new DOMParser().parseFromString(failure, "text/html");
    cell.append(...body.childNodes);
    linkPlaces();
  }
  updateSoon();
  const frame = shownFrame();
  if (frame?.contentWindow !== window) return;
  if (data.document !== true) {
    const own = { status: code, html: html ?? message, headers };
    window.postMessage({ storytime: "answer", id: data.id, answer: own }, "*");
  } else if (source) context.showSource(frame, source);
}

async function answerTo({ key, method, url, data, headers, body, document }) {
  const now = performance.now();
  begun = begun.filter((time) => time > now - 1000);
  if (Math.max(begun.length, flying) >= MOST_REQUESTS)
    return { status: 429, message: `more than ${MOST_REQUESTS} requests in a second` };
  begun.push(now);
  const { state, post } = context;
  const asked = { story, state, response: key, method, url, data, headers, body, document };
  if (JSON.stringify(asked).length > LARGEST)
    return { status: 413, message: `expected a request of at most ${LARGEST.toLocaleString("en")} characters` };
  flying++;
  try {
    const response = await post("response", asked);
    const answer = await response.json();
    return response.ok ? answer : { status: response.status, message: answer.message };
  } catch {
    return { status: 503, message: "the server can’t be reached" };
  } finally {
    flying--;
  }
}
