// Keep the page up to date while `storytime serve` runs (README: "Reload protocol").

import { concerns, notice, removeNotice, showFailures } from "./failures.js";
import { refreshFrame } from "./frames.js";
import { refreshPage } from "./navigation.js";
import { $, $$, current, page, served, urlOf } from "./page.js";
import { tell } from "./toolbar.js";
import { linkTo, loadTree, markChanged, tree } from "./tree.js";

const WAIT = 1000; // ms between two tries to connect
const ASSET = /^[^/]+\.(css|js)$/; // one of the page's own

let isWanted = false; // a static host has nothing to connect to
let socket = null;
let timer;
let handled = Promise.resolve(); // messages are handled one after the other

export function connect() {
  isWanted = true;
  if (socket || document.hidden) return;
  clearTimeout(timer);
  socket = new WebSocket(urlOf("ws/reload").replace("http", "ws"));
  socket.onopen = () => removeNotice("lost");
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = () => {
    socket = null;
    notice("lost", "The connection to the server is lost. Trying again …");
    timer = setTimeout(connect, WAIT);
  };
}

addEventListener("visibilitychange", () => isWanted && connect());

function receive(message) {
  const before = served.build;
  const { type, text, notices = text ? [text] : [] } = message;
  for (const each of notices) notice(each, each);
  if (type !== "notice") {
    served.build = message.build;
    served.failures = message.failures ?? [];
  }
  if (type === "hello") ({ editor: served.editor, base: served.base } = message);
  let step;
  if (type === "hello" && ![undefined, message.build].includes(before)) step = () => update();
  // The first build of a server names every file: compare with what the page came from.
  if (type === "reload") step = () => update(before ? new Set(message.pages) : null);
  if (type === "failed" && page() === "*") step = () => location.reload();
  handled = handled.then(step).then(showFailures);
}

// `files` are those that changed; without them (after a lost connection) any may have.
async function update(files) {
  const has = (file) => files?.has(file) ?? true;
  const named = [...(files ?? [])];
  if (page() === "*" || named.some((file) => ASSET.test(file))) return location.reload();
  // Unless something failed or vanished, the tree is the same.
  const hasTree = has("tree.html");
  if (hasTree) await loadTree();
  markChanged(named.map(storyOf).filter(Boolean));
  if (hasTree && tree && current() && !linkTo(current())) {
    if (!served.failures.some(concerns)) location.reload();
    return;
  }
  const refreshed = !has(page()) || refreshPage();
  if (hasTree && !(await refreshed)) return;
  for (const frame of $$(".st-frame:not(.st-next)")) {
    if (!storyOf(frame.dataset.page)) continue; // its last good picture stays
    if (has(frame.dataset.page)) refreshFrame(frame);
    else tell(frame, { storytime: "assets", urls: named.map(urlOf) });
  }
}

// The path of the story whose document the file is; nothing if it is none, or the story failed.
function storyOf(file) {
  const link = linkTo(file.replace("/frame.html", ""));
  return link && !$(".st-failed", link) && link.dataset.path;
}
