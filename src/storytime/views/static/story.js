// Stories: their frames, the tools above, the panels below.

import { $, $$, live, on, root, served, tabStore, urlOf, userStore } from "./page.js";

export const tools = { viewport: "", zoom: "1", background: "", scheme: "", outlined: false, ...userStore("tools") };
const frames = document.getElementsByClassName("st-frame");

export const tell = (frame, kind, more) =>
  frame.contentWindow?.postMessage({ storytime: kind, ...more }, "*");

export function setTool(name, value) {
  tools[name] = value;
  userStore("tools", tools);
  applyTools();
}

export function applyTools() {
  const sizer = $(".st-sizer");
  if (!sizer) return;
  const { viewport, zoom, scheme: colorScheme } = tools;
  const [width, height] = viewport.split("x");
  sizer.style.width = width && `${width * zoom}px`;
  const [frame] = frames;
  Object.assign(frame.style, { zoom, colorScheme, height: `${height || frame.dataset.height}px` });
  frame.classList.toggle("st-fixed", !!height);
  for (const each of $$("[data-viewport]")) each.ariaPressed = each.dataset.viewport === viewport;
  for (const each of $$("[data-tool]")) each.value = tools[each.dataset.tool];
  $("[data-do=outline]").ariaPressed = tools.outlined;
  $("[data-do=full]").ariaPressed = root.classList.contains("st-full");
  tell(frame, "look", tools);
  sizes.observe(frame);
}

const sizes = new ResizeObserver(() => {
  if (!$(".st-sizer")) return;
  const { clientWidth, clientHeight } = frames[0];
  $(".st-size").textContent = `${clientWidth} × ${clientHeight}`;
  $(".st-handle").ariaValueNow = clientWidth;
});

export const widen = (by) => setWidth(frames[0].clientWidth + by);

function setWidth(width) {
  const height = tools.viewport.split("x")[1] ?? "";
  setTool("viewport", `${Math.round(Math.min(Math.max(width, 200), 2560))}x${height}`);
}

export function setFull(full) {
  root.classList.toggle("st-full", full);
  applyTools();
  if (full) $("[data-do=full]").focus();
}

on("pointerdown", ".st-handle", (handle, event) => {
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  const { clientWidth } = frames[0]; // it grows on both sides
  handle.onpointermove = ({ clientX, pointerId }) =>
    handle.hasPointerCapture(pointerId) &&
    setWidth(clientWidth + (2 * (clientX - event.clientX)) / tools.zoom);
});

on("click", "[data-viewport]", ({ dataset }) => setTool("viewport", dataset.viewport));
on("change", "[data-tool]", ({ dataset, value }) => setTool(dataset.tool, value));

// A story's script can send them, too, in any number.
addEventListener("message", ({ source, data }) => {
  const frame = [...frames].find(({ contentWindow }) => contentWindow === source);
  const kind = frame && data?.storytime;
  if (kind === "ready" && data.at === unescape(frame.src.split("?")[0])) {
    frame.dataset.ready = data.loading ? "loading" : "";
    if (!isFirstInPaint(frame)) return;
    live.ready?.(frame);
    if (frame.closest(".st-sizer")) tell(frame, "look", tools);
    const { scroll } = frame.dataset;
    if (scroll) tell(frame, "scroll", { to: scroll.split(",") });
  } else if (kind === "height") {
    if (!heights.size) {
      setHeight(data.height, frame);
      requestAnimationFrame(() => heights.forEach(setHeight) || heights.clear());
    }
    heights.set(frame, data.height);
  } else if (kind === "key") press(frame, data);
  else if (kind === "reload" && frame.dataset.build !== served.build) reloadFrame(frame, data);
});

const heights = new Map(); // the last one of each frame until the next paint
function setHeight(height, frame) {
  frame.dataset.height = Math.min(Number(height), 20_000) || 0;
  if (!frame.matches(".st-fixed")) frame.style.height = `${frame.dataset.height}px`;
}

// A document that loads without having said that it is the story's doesn't answer if it isn't: a
// click or a form led there, and the next refresh loads the story.
document.addEventListener("load", ({ target }) => {
  if (!target.matches?.(".st-frame")) return;
  if (target.dataset.ready === "loading") return (target.dataset.ready = "");
  delete target.dataset.ready;
  tell(target, "greet");
}, true);

// Any key but Escape, which can only leave the full screen, activates the page.
const mayPress = (frame, { key }) =>
  document.activeElement === frame && (key === "Escape" || navigator.userActivation.isActive);

// One key for each paint. A few wait, so that a person's quick keys count on a slow machine, too.
const presses = [];
function press(...pressed) {
  if (mayPress(...pressed) && presses.length < 8 && presses.push(pressed) === 1) pressNext();
}

function pressNext() {
  const [frame, { key, ctrlKey }] = presses[0];
  if (mayPress(...presses[0]))
    frame.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
  requestAnimationFrame(() => presses.shift() && presses.length && pressNext());
}

const recent = new Set();
function isFirstInPaint(what) {
  if (recent.has(what)) return false;
  requestAnimationFrame(() => recent.delete(what));
  return recent.add(what);
}

// Ask documents that were ready before this module.
for (const frame of frames) tell(frame, "greet");

// Load a document behind the old one: no white flash.
export function reloadFrame(frame, { x = 0, y = 0 } = {}, source = sourceOf(frame)) {
  $(".st-next", frame.parentElement)?.remove();
  frame.dataset.build = served.build;
  const next = frame.cloneNode();
  next.loading = "eager";
  next.src = source;
  delete next.dataset.ready;
  next.dataset.scroll = [x, y].map(Number);
  next.classList.add("st-next");
  next.onload = () => {
    next.classList.remove("st-next");
    frame.remove();
    applyTools();
  };
  frame.after(next);
}

const sourceOf = (frame) => urlOf(frame.dataset.page) + (live.source?.(frame) ?? "");

export async function refreshFrame(frame, html) {
  const response =
    html ? { ok: true } : await fetch(sourceOf(frame), { cache: "no-cache" }).catch(() => ({}));
  // The next build says why there is none; a frame that was loaded since the build is right.
  if (!response.ok || frame.dataset.build === served.build) return;
  if (!("ready" in frame.dataset) || $(".st-next", frame.parentElement)) reloadFrame(frame);
  else tell(frame, "html", { html: html ?? (await response.text()) });
}

export function setUpPanels() {
  const names = $$(".st-tab").map(({ dataset }) => dataset.panel);
  const wanted = [location.hash.slice(4), tabStore("panel")].find((name) => names.includes(name));
  const shown = wanted ?? names[0];
  tabStore("panel", wanted);
  for (const tab of $$(".st-tab")) {
    const selected = tab.dataset.panel === shown;
    tab.ariaSelected = selected;
    tab.tabIndex = selected ? 0 : -1;
    $(`#st-${tab.dataset.panel}`).hidden = !selected;
  }
}

export function moveTab(tab, by) {
  const tabs = $$(".st-tab");
  const next = tabs.at((tabs.indexOf(tab) + by) % tabs.length);
  next.focus();
  next.click();
}

export function copy(button) {
  getSelection().selectAllChildren($("code", button.closest(".st-code")));
  button.textContent = document.execCommand("copy") ? "Copied" : "Selected"; // also without https
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

addEventListener("hashchange", setUpPanels);
on("click", "[data-panel]", ({ dataset }) => {
  history.replaceState(history.state, "", `#st-${dataset.panel}`);
  setUpPanels();
});
