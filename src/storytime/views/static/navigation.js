// From page to page without loading a document: only what differs is replaced.

import { showFailures } from "./failures.js";
import { $, fetchPage, fileOf, morph, page, remember, root, served } from "./page.js";
import { setUpPanels } from "./panels.js";
import { applyTools, setFull } from "./toolbar.js";
import { markCurrent, tree } from "./tree.js";

let shown = location.pathname;
let visits = 0;

export async function visit(url, push = true) {
  const number = ++visits;
  const { build } = served;
  const { ok, fresh } = await fetchPage(url);
  if (number !== visits) return; // the next visit began meanwhile
  if (!ok || page() === "*") return location.assign(url); // the browser shows what is wrong
  if (push) {
    noteScroll();
    history.pushState(null, "", url);
  }
  shown = location.pathname;
  const inTree = $("#st-tree").contains(document.activeElement);
  setFull(false);
  show(fresh);
  if (served.build !== build) await refreshPage(); // a build ended meanwhile
  rescroll();
  if (!inTree) $("#st-content").focus({ preventScroll: true });
}

function show(fresh) {
  root.dataset.page = fresh.documentElement.dataset.page;
  document.title = fresh.title;
  for (const selector of [".st-brand", ".st-top", "#st-content"]) {
    $(selector).replaceWith($(selector, fresh));
  }
  if (tree) $("#st-tree:popover-open")?.hidePopover();
  else $("#st-tree").replaceChildren(...$("#st-tree", fresh).childNodes);
  setUpContent();
  remember($("#st-content"));
}

export function setUpContent() {
  setUpPanels();
  applyTools();
  markCurrent();
  showFailures();
}

// Put the page's new HTML into the old. Returns false if nothing was replaced: a story that failed
// keeps its last good picture.
export async function refreshPage() {
  const at = shown;
  const { fresh } = await fetchPage(at); // after a lost connection the server's greeting catches up
  const main = fresh && $("#st-content", fresh);
  if (!main || at !== shown) return false;
  const failed = $(".st-failure", main);
  if (failed && $(".st-stage")) return false;
  document.title = fresh.title;
  // Frames that load behind others stay, and on a subject's page the pictures of what failed.
  const stays = `.st-next, .st-look > .st-view${failed ? ", .st-looks" : ""}`;
  morph($("#st-content"), main, stays);
  morph($(".st-top"), $(".st-top", fresh));
  setUpContent();
  return true;
}

const noteScroll = () => history.replaceState({ scroll: scrollY }, "");

// Scroll to where the history's entry was left, or else to the element that the address names.
function rescroll() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && !history.state) target.scrollIntoView();
  else scrollTo(0, history.state?.scroll ?? 0);
}

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const [url, hash] = link.href.split("#");
  if (hash && url === location.href.split("#")[0]) return noteScroll();
  if (fileOf(url) === false || !/(\/|index\.html)$/.test(url)) return;
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
