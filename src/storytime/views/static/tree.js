// The navigation tree. A page holds only the branch around itself; the whole tree is fetched once.

import {
  $, $$, current, fetchPage, fileOf, make, morph, nodeOf, remember, tabStore, urlOf,
} from "./page.js";

export let tree; // the whole one, once it is loaded
export let entries = []; // one for each link of the tree, with the lower-case text for the search
const open = new Set(tabStore("open"));
const changed = new Set(tabStore("changed"));

// Returns whether the tree came from `storytime serve`, not from a static host.
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
  for (const { path } of entries) if (open.has(path)) setOpen(path, true);
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
  const [own, all] = [title, trail].map((text) => text.toLowerCase());
  return { link, path, title, above, own, all, isStory: row.matches(".st-is-story") };
}

export const linkTo = (path) => tree && $(`a[data-path="${CSS.escape(path)}"]`, tree);

function setOpen(path, opened) {
  const row = linkTo(path)?.parentElement;
  const toggle = row && $(".st-toggle", row);
  if (!toggle) return;
  toggle.ariaExpanded = opened;
  $("ul", row).hidden = !opened;
  open[opened ? "add" : "delete"](path);
  tabStore("open", [...open]);
}

// "a/b/c" -> ["a", "a/b", "a/b/c"]
const branch = (path) => path.split("/").map((_, end, parts) => parts.slice(0, end + 1).join("/"));

export function markChanged(paths) {
  for (const path of paths) changed.add(path);
  markCurrent();
}

export function markCurrent() {
  const place = $("#st-tree");
  if (tree) {
    const path = current();
    for (const each of branch(path)) setOpen(each, true);
    $("[aria-current]", tree)?.removeAttribute("aria-current");
    linkTo(path)?.setAttribute("aria-current", "page");
    changed.delete(path); // now that it is looked at
    tabStore("changed", [...changed]);
    const marked = new Set([...changed].flatMap(branch));
    for (const each of entries) setMark(each.link, marked.has(each.path));
  }
  const link = $("#st-tree [aria-current]");
  if (!link?.checkVisibility()) return;
  const top = link.getBoundingClientRect().top - place.getBoundingClientRect().top;
  if (top < 0 || top > place.clientHeight - 40) place.scrollTop += top - place.clientHeight / 3;
}

function setMark(link, marked) {
  const old = $(".st-changed", link);
  if (!marked) return old?.remove();
  const text = make("span", { className: "st-hidden" }, " changed");
  if (!old) link.append(make("span", { className: "st-changed", title: "changed" }, text));
}

export function moveInTree(key, link) {
  const links = $$("a", tree).filter((each) => each.checkVisibility());
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  const { path } = link.dataset;
  const toggle = $(".st-toggle", link.parentElement);
  const opened = toggle?.ariaExpanded === "true";
  if (by) links[links.indexOf(link) + by]?.focus();
  else if (toggle && opened === (key === "ArrowLeft")) setOpen(path, !opened);
  else if (key === "ArrowLeft") linkTo(branch(path).at(-2) ?? "")?.focus();
}

addEventListener("click", ({ target }) => {
  const toggle = target.closest(".st-toggle");
  if (toggle) setOpen($("a", toggle.parentElement).dataset.path, toggle.ariaExpanded === "false");
});
