// The tools above a story: size and zoom of its frame, background, scheme, outline, full screen.

import { $, $$, root, userStore } from "./page.js";

const DEFAULTS = { viewport: "", zoom: "1", background: "", scheme: "", outlined: false };
export const tools = { ...DEFAULTS, ...userStore("tools") };

export const tell = (frame, message) => frame.contentWindow?.postMessage(message, "*");

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
  tellLook(frame);
  showSize();
}

export function tellLook(frame) {
  if (frame.closest(".st-sizer")) tell(frame, { storytime: "look", ...tools });
}

export function showSize() {
  const frame = $(".st-sizer .st-frame");
  if (!frame) return;
  $(".st-size").textContent = `${frame.clientWidth} × ${frame.clientHeight}`;
  $(".st-handle").ariaValueNow = frame.clientWidth;
}

export function widen(by) {
  setWidth($(".st-sizer .st-frame").clientWidth + by);
}

function setWidth(width) {
  const height = tools.viewport.split("x")[1] ?? "";
  setTool("viewport", `${Math.round(Math.min(Math.max(width, 200), 2560))}x${height}`);
}

export function setFull(full) {
  root.classList.toggle("st-full", full);
  const button = $("[data-do=full]");
  button?.setAttribute("aria-pressed", full);
  if (full) button?.focus();
  showSize();
}

addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.(".st-handle");
  if (!handle) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  root.classList.add("st-dragging"); // else the frame takes the pointer's moves
  const { left, right } = $(".st-sizer").getBoundingClientRect();
  const middle = (left + right) / 2 + event.clientX - right; // a centred frame grows on both sides
  handle.onpointermove = ({ clientX }) => setWidth((2 * (clientX - middle)) / tools.zoom);
  handle.onlostpointercapture = () => {
    handle.onpointermove = null;
    root.classList.remove("st-dragging");
  };
});

addEventListener("click", ({ target }) => {
  const { viewport } = target.closest("button")?.dataset ?? {};
  if (viewport != null) setTool("viewport", viewport);
});
addEventListener("change", ({ target: { dataset, value } }) => {
  if (dataset.tool) setTool(dataset.tool, value);
});
addEventListener("resize", showSize);
