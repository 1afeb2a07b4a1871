// The navigation tree: a page has only its own branch; the whole is fetched once.

import {
  $, $$, current, fetchPage, fileOf, make, morph, nodeOf, on, remember, tabStore, urlOf,
} from "./page.js";

export let tree; // once loaded
export let entries = []; // one for each link
let links = new Map(); // by path
const open = new Set(tabStore("open"));
const changed = new Set(tabStore("changed"));

// Return whether a server sent it.
export async function loadTree() {
  const { ok, fresh, isServed } = await fetchPage(urlOf("tree.html"));
  if (!ok) return false;
  const list = $("ul", fresh);
  for (const link of $$("a", list)) link.href = urlOf("") + link.getAttribute("href");
  if (tree) morph(tree, list);
  else {
    $("#st-tree").replaceChildren(list);
    remember((tree = list));
  }
  entries = $$("a", tree).map(toEntry);
  links = new Map(entries.map(({ path, link }) => [path, link]));
  for (const path of open) setOpen(path, true);
  showChanged();
  markCurrent();
  return isServed;
}

function toEntry(link) {
  const path = nodeOf(fileOf(link.href));
  const row = link.parentElement;
  const title = $(".st-title", link).textContent;
  const above = row.parentElement.closest("li")?.firstElementChild.dataset.trail ?? "";
  const trail = above ? `${above} / ${title}` : title;
  Object.assign(link.dataset, { path, trail });
  const isStory = row.matches(".st-is-story");
  return { link, path, title, above, own: title.toLowerCase(), all: trail.toLowerCase(), isStory };
}

export const linkTo = (path) => links.get(path);

function setOpen(path, opened) {
  const toggle = linkTo(path)?.nextElementSibling;
  if (!toggle) return;
  toggle.ariaExpanded = opened;
  toggle.nextElementSibling.hidden = !opened;
  open[opened ? "add" : "delete"](path);
  tabStore("open", [...open]);
}

// "a/b/c" -> ["a", "a/b", "a/b/c"]
const branch = (path) => path.split("/").map((_, end, parts) => parts.slice(0, end + 1).join("/"));

export function markCurrent() {
  if (tree) {
    const path = current();
    for (const each of branch(path)) setOpen(each, true);
    $("[aria-current]", tree)?.removeAttribute("aria-current");
    linkTo(path)?.setAttribute("aria-current", "page");
    if (changed.delete(path)) showChanged();
  }
  $("#st-tree [aria-current]")?.scrollIntoView({ block: "nearest" });
}

// Mark stories that changed while another page is shown.
export function markChanged(paths) {
  const { size } = changed;
  for (const path of paths) if (path !== current()) changed.add(path);
  if (tree && changed.size > size) showChanged();
}

function showChanged() {
  tabStore("changed", [...changed]);
  const marked = new Set([...changed].flatMap(branch));
  for (const mark of $$(".st-changed", tree)) {
    if (!marked.delete(mark.parentElement.dataset.path)) mark.remove();
  }
  for (const each of marked) {
    const text = make("span", { className: "st-hidden" }, " changed");
    linkTo(each)?.append(make("span", { className: "st-changed", title: "changed" }, text));
  }
}

export function moveInTree(key, link) {
  const links = $$("a", tree).filter((each) => each.checkVisibility());
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  const toggle = link.nextElementSibling;
  const closes = key === "ArrowLeft";
  if (by) links[links.indexOf(link) + by]?.focus();
  else if (toggle?.ariaExpanded === `${closes}`) toggle.click();
  else if (closes) linkTo(branch(link.dataset.path).at(-2) ?? "")?.focus();
}

on("click", ".st-toggle", (toggle) => {
  setOpen(toggle.previousElementSibling.dataset.path, toggle.ariaExpanded === "false");
});
addEventListener("toggle", markCurrent, true); // it doesn't bubble
