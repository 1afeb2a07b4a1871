// Keys, and the buttons that do the same.

import { visit } from "./navigation.js";
import { $, current, isField, page, root, userStore } from "./page.js";
import { copy, moveTab } from "./panels.js";
import { openSearch } from "./search.js";
import { setFull, setTool, tools, widen } from "./toolbar.js";
import { entries, moveInTree, tree } from "./tree.js";

const actions = {
  copy,
  full: () => setFull(!root.classList.contains("st-full")),
  help: () => $("#st-help").showModal(),
  next: () => step(1),
  outline: () => setTool("outlined", !tools.outlined),
  previous: () => step(-1),
  scheme: () => setTool("scheme", tools.scheme === "dark" ? "light" : "dark"),
  search: openSearch,
};
const KEYS = {
  "/": "search", "?": "help", j: "next", k: "previous", f: "full", o: "outline", d: "scheme",
};

// Go to the next or previous story, also in another subject.
function step(by) {
  let at = entries.findLastIndex(({ path }) => `${current()}/`.startsWith(`${path}/`));
  do at += by; while (entries[at] && !entries[at].isStory);
  if (entries[at]) visit(entries[at].link.href);
}

// Returns whether a key, pressed in the page or in a story's frame, was a shortcut.
export function press(key, command) {
  if ($("dialog[open]") || page() === "*") return false;
  if (command) {
    if (key.toLowerCase() !== "k") return false;
    openSearch();
  } else if (key === "Escape") setFull(false);
  else if (Object.hasOwn(KEYS, key) && userStore("keys") !== false) {
    if ("fod".includes(key) && !$(".st-tools")) return false;
    actions[KEYS[key]]();
  } else return false;
  return true;
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const command = event.ctrlKey || event.metaKey;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const isArrow = key.startsWith("Arrow") && !command;
  if (isArrow && tree && target.matches?.("#st-tree a")) moveInTree(key, target);
  else if (by && target.matches?.(".st-handle")) widen(by * (event.shiftKey ? 50 : 10));
  else if (by && target.matches?.(".st-tab")) moveTab(target, by);
  else if (isField(target) || !press(key, command)) return;
  event.preventDefault();
});

addEventListener("click", ({ target }) => {
  if (target.matches("dialog")) target.close(); // a click on its backdrop
  const button = target.closest("[data-do]");
  if (button) actions[button.dataset.do](button);
});

export function setUpShortcuts() {
  const switched = $("#st-keys");
  switched.checked = userStore("keys") !== false;
  switched.onchange = () => userStore("keys", switched.checked);
}
