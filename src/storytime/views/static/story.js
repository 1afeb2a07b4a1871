// Stories: their frames, the tools above, the panels below.

import { $, $$, on, root, tabStore, userStore } from "./page.js";

const DEFAULTS = { viewport: "", zoom: "1", background: "", scheme: "", outlined: false };
export const tools = { ...DEFAULTS, ...userStore("tools") };

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
  const [width, height] = tools.viewport.split("x");
  sizer.style.width = width && `${width * tools.zoom}px`;
  const frame = $(".st-frame", sizer);
  const { zoom, scheme: colorScheme } = tools;
  Object.assign(frame.style, { zoom, colorScheme, height: `${height || frame.dataset.height}px` });
  frame.classList.toggle("st-fixed", Boolean(height));
  for (const each of $$("[data-viewport]")) {
    each.ariaPressed = each.dataset.viewport === tools.viewport;
  }
  for (const select of $$("[data-tool]")) select.value = tools[select.dataset.tool];
  $("[data-do=outline]").ariaPressed = tools.outlined;
  $("[data-do=full]").ariaPressed = root.classList.contains("st-full");
  tellLook(frame);
  showSize();
}

function tellLook(frame) {
  if (frame.closest(".st-sizer")) tell(frame, "look", tools);
}

function showSize() {
  const frame = $(".st-sizer .st-frame");
  if (!frame) return;
  $(".st-size").textContent = `${frame.clientWidth} × ${frame.clientHeight}`;
  $(".st-handle").ariaValueNow = frame.clientWidth;
}

export const widen = (by) => setWidth($(".st-sizer .st-frame").clientWidth + by);

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
  const { clientWidth } = $(".st-sizer .st-frame"); // it grows on both sides
  handle.onpointermove = ({ clientX }) =>
    setWidth(clientWidth + (2 * (clientX - event.clientX)) / tools.zoom);
  handle.onlostpointercapture = () => (handle.onpointermove = null);
});

on("click", "[data-viewport]", ({ dataset }) => setTool("viewport", dataset.viewport));
on("change", "[data-tool]", ({ dataset, value }) => setTool(dataset.tool, value));
addEventListener("resize", showSize);

addEventListener("message", ({ source, data }) => {
  const frame = $$(".st-frame").find(({ contentWindow }) => contentWindow === source);
  const kind = frame && data?.storytime;
  if (kind === "ready") {
    frame.dataset.ready = "";
    tellLook(frame);
    const { scroll } = frame.dataset;
    if (scroll) tell(frame, "scroll", { to: scroll.split(",") });
  } else if (kind === "height") fit(frame, Number(data.height));
  else if (kind === "key") {
    const { key, command: ctrlKey } = data;
    frame.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
  } else if (kind === "reload") reloadFrame(frame, data);
});

function fit(frame, height) {
  frame.dataset.height = Math.min(height, 20_000) || 0;
  if (!frame.classList.contains("st-fixed")) frame.style.height = `${frame.dataset.height}px`;
  showSize();
}

// Ask documents that were ready before this module.
for (const frame of $$(".st-frame")) tell(frame, "greet");

// Load a document behind the old one: no white flash.
function reloadFrame(frame, { x = 0, y = 0 } = {}) {
  $(".st-next", frame.parentElement)?.remove();
  const next = frame.cloneNode();
  next.loading = "eager";
  delete next.dataset.ready;
  next.dataset.scroll = [x, y];
  next.classList.add("st-next");
  next.onload = () => {
    next.classList.remove("st-next");
    frame.remove();
    applyTools();
  };
  frame.after(next);
}

export async function refreshFrame(frame) {
  const response = await fetch(frame.src, { cache: "no-cache" }).catch(() => ({}));
  if (!response.ok) return; // the next build says why
  const html = await response.text();
  const answers = "ready" in frame.dataset && !$(".st-next", frame.parentElement);
  if (answers) tell(frame, "html", { html });
  else reloadFrame(frame);
}

export function setUpPanels() {
  const names = $$(".st-tab").map(({ dataset }) => dataset.panel);
  const wanted = names.find((name) => `#st-${name}` === location.hash);
  const shown = wanted ?? tabStore("panel") ?? names[0];
  tabStore("panel", shown);
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
