// From page to page without loading a document.

import { showFailures } from "./failures.js";
import { $, fetchPage, fileOf, live, morph, on, page, remember, root, served } from "./page.js";
import { applyTools, setFull, setUpPanels } from "./story.js";
import { markCurrent, tree } from "./tree.js";

let shown = location.pathname;
let visits = 0;

async function visit(url, push = true) {
  const number = ++visits;
  const { build } = served;
  const { ok, fresh } = await fetchPage(url.split("?")[0]);
  if (number !== visits) return;
  if (!ok || page() === "*") return location.assign(url);
  if (push) {
    noteScroll();
    history.pushState(null, "", url);
  }
  shown = location.pathname;
  const inTree = $("#st-tree").contains(document.activeElement);
  setFull(false);
  root.dataset.page = fresh.documentElement.dataset.page;
  document.title = fresh.title;
  for (const each of [".st-brand", ".st-top", "#st-content"]) $(each).replaceWith($(each, fresh));
  if (tree) $("#st-tree:popover-open")?.hidePopover();
  else $("#st-tree").replaceChildren(...$("#st-tree", fresh).childNodes);
  setUpContent();
  remember($("#st-content"));
  if (served.build !== build) await refreshPage(); // a build ended
  rescroll();
  if (!inTree) $("#st-content").focus({ preventScroll: true });
}

export function setUpContent() {
  setUpPanels();
  applyTools();
  markCurrent();
  showFailures();
  live.setUp?.();
}

// Morph the page into its new HTML; false if it stays: failed stories keep theirs.
export async function refreshPage() {
  const at = shown;
  const { fresh } = await fetchPage(at);
  const main = fresh && $("#st-content", fresh);
  if (!main || at !== shown) return false;
  const failed = $(".st-failure", main);
  if (failed && $(".st-stage")) return false;
  live.keep?.(main);
  document.title = fresh.title;
  // Frames that load behind others stay, and a subject's pictures of what failed.
  const stays = `.st-next, .st-stays, .st-look > .st-view${failed ? ", .st-looks" : ""}`;
  morph($("#st-content"), main, stays);
  morph($(".st-top"), $(".st-top", fresh));
  setUpContent();
  return true;
}

const noteScroll = () => history.replaceState({ scroll: scrollY }, "");

// Scroll to where the history's entry was left, or to the hash.
function rescroll() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && !history.state) target.scrollIntoView();
  else scrollTo(0, history.state?.scroll ?? 0);
}

on("click", "a[href]", (link, event) => {
  if (link.target || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const [url, hash] = link.href.split("#");
  if (hash && url === location.href.split("#")[0]) return noteScroll();
  if (!/(^|\/)(index\.html)?$/.test(fileOf(url.split("?")[0]))) return;
  event.preventDefault();
  visit(link.href);
});

addEventListener("popstate", () => {
  if (location.pathname !== shown) visit(location.href, false);
  else rescroll();
});

history.scrollRestoration = "manual";
if (history.state) rescroll();
addEventListener("beforeunload", noteScroll); // at "pagehide" it is too late
