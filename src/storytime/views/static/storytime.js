// The entry: keys, and the buttons that do the same.

import { setUpContent } from "./navigation.js";
import { $, current, early, isField, make, on, page, remember, root, userStore } from "./page.js";
import { connect } from "./reload.js";
import { openSearch } from "./search.js";
import { copy, moveTab, setFull, setTool, tools, widen } from "./story.js";
import { entries, loadTree, moveInTree, tree } from "./tree.js";

const keys = {
  "/": openSearch,
  "?": () => $("#st-help").showModal(),
  j: () => step(1),
  k: () => step(-1),
  f: () => setFull(!root.classList.contains("st-full")),
  o: () => setTool("outlined", !tools.outlined),
  d: () => setTool("scheme", tools.scheme === "dark" ? "light" : "dark"),
};
const buttons = { copy, full: keys.f, outline: keys.o, search: openSearch };
const hasKeys = () => userStore("keys") !== false;

// Go to the next or previous story.
function step(by) {
  let at = entries.findLastIndex(({ path }) => `${current()}/`.startsWith(`${path}/`));
  do at += by; while (entries[at] && !entries[at].isStory);
  if (entries[at]) entries[at].link.click();
}

// Return whether the key was a shortcut.
function press(key, command) {
  if ($("dialog[open]") || page() === "*") return false;
  if (command && key.toLowerCase() === "k") openSearch();
  else if (command) return false;
  else if (key === "Escape") setFull(false);
  else if ("fod".includes(key) && !$(".st-tools")) return false;
  else if (Object.hasOwn(keys, key) && hasKeys()) keys[key]();
  else return false;
  return true;
}

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const command = event.ctrlKey || event.metaKey;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const inTree = tree && !command && target.matches("#st-tree a");
  if (inTree && key.startsWith("Arrow")) moveInTree(key, target);
  else if (by && target.matches(".st-handle")) widen(by * (event.shiftKey ? 50 : 10));
  else if (by && target.matches(".st-tab")) moveTab(target, by);
  else if (isField(target) || !press(key, command)) return;
  event.preventDefault();
});

on("click", "[data-do]", (button) => buttons[button.dataset.do](button));
on("change", "#st-keys", ({ checked }) => userStore("keys", checked));

document.body.append(make("div", { className: "st-notices", role: "status" }));
remember(document.body);
setUpContent();
if (page() !== "*") $("#st-keys").checked = hasKeys();
if (page() === "*" || early || (await loadTree())) connect();
