// Keep the page up to date while a server runs (docs/reload-protocol.md).

import { concerns, notice, removeNotice, showFailures } from "./failures.js";
import { refreshPage } from "./navigation.js";
import { $, $$, current, early, live, page, root, served, urlOf } from "./page.js";
import { refreshFrame, tell } from "./story.js";
import { linkTo, loadTree, markChanged, tree } from "./tree.js";

let socket;
let handled = Promise.resolve(); // one message after the other

export async function connect() {
  addEventListener("visibilitychange", connect);
  if (socket || document.hidden) return;
  const lost = () => {
    socket = null;
    notice("lost", "The connection to the server is lost. Trying again …");
    setTimeout(connect, 1000);
  };
  socket = {};
  try {
    // Only this server's pages can read the key, also where a proxy shows them.
    served.key = await (await fetch(urlOf("ws/key"))).json();
    socket = new WebSocket(`${urlOf("ws/reload")}?${served.key}`);
  } catch {
    return lost();
  }
  socket.onopen = () => removeNotice("lost") || show();
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = lost;
}

// Saves show this page first.
const show = () => socket?.readyState === 1 && socket.send(page());
new MutationObserver(show).observe(root, { attributeFilter: ["data-page"] });

function receive(message) {
  const before = served.build;
  const { type, text, notices = text ? [text] : [] } = message;
  for (const each of notices) notice(each, each);
  if (type !== "notice") Object.assign(served, { failures: [] }, message);
  if (message.controls) import(urlOf("ws/controls.js"));
  let step;
  const same = [undefined, message.build, message.early];
  if (type === "hello" && !same.includes(before)) step = () => update();
  // A server's first build names every file, if the page isn't from that build.
  if (type === "reload") step = () => update(before || early ? message.pages : null, message.documents);
  if (type === "failed") step = () => update([]);
  live.told?.(before);
  handled = handled.then(step).then(showFailures);
}

// `files` are those that changed; any may have if there are none. `documents` are some of them.
async function update(files, documents = {}) {
  const has = (file) => !files || files.includes(file);
  const named = files ?? [];
  if (page() === "*" || named.some((file) => /^[^/]+\.(css|js)$/.test(file))) {
    return location.reload();
  }
  // Unless something failed or vanished, the tree is the same: then the frames come first.
  const hasTree = !tree || has("tree.html");
  if (hasTree) await loadTree();
  else await updateFrames(has, named, documents);
  markChanged(named.map(storyOf).filter(Boolean));
  if (hasTree && tree && current() && !linkTo(current())) {
    if (!served.failures.some(concerns)) location.reload();
    return;
  }
  const refreshed = !has(page()) || refreshPage();
  if (hasTree && (await refreshed)) await updateFrames(has, named, documents);
}

async function updateFrames(has, named, documents) {
  const urls = named.filter((file) => file.includes("static/")).map(urlOf);
  const refreshed = $$(".st-frame:not(.st-next)").map((frame) => {
    const { page } = frame.dataset;
    if (!storyOf(page)) return; // its last good picture stays
    tell(frame, "assets", { urls });
    return has(page) && !live.source?.(frame) && refreshFrame(frame, documents[page]);
  });
  await Promise.all(refreshed);
}

// The path of the story with this document, unless it failed.
function storyOf(file) {
  const link = linkTo(file.replace("/frame.html", ""));
  return link && !$(".st-failed", link) && link.dataset.path;
}
