// The stories' frames: their messages (see frame.js), and new documents in them.

import { $, $$ } from "./page.js";
import { press } from "./shortcuts.js";
import { applyTools, showSize, tell, tellLook } from "./toolbar.js";

const frames = () => $$(".st-frame");

addEventListener("message", ({ source, data }) => {
  const frame = frames().find(({ contentWindow }) => contentWindow === source);
  if (!frame || !data?.storytime) return;
  if (data.storytime === "ready") {
    frame.dataset.ready = "";
    tellLook(frame);
    const { scroll } = frame.dataset;
    if (scroll) tell(frame, { storytime: "scroll", to: scroll.split(",") });
  } else if (data.storytime === "height") fit(frame, Number(data.height));
  else if (data.storytime === "key") press(String(data.key), data.command);
  else if (data.storytime === "reload") reloadFrame(frame, data);
});

function fit(frame, height) {
  frame.dataset.height = Math.min(height, 20_000) || 0;
  if (!frame.classList.contains("st-fixed")) frame.style.height = `${frame.dataset.height}px`;
  showSize();
}

// The new document loads behind the old one and replaces it when it is there: no white flash.
function reloadFrame(frame, { x = 0, y = 0 } = {}) {
  $(".st-next", frame.parentElement)?.remove();
  const next = frame.cloneNode();
  next.loading = "eager";
  delete next.dataset.ready;
  next.dataset.scroll = [x, y];
  next.classList.add("st-next");
  const replace = () => {
    next.classList.remove("st-next");
    frame.remove();
    applyTools();
  };
  next.addEventListener("load", replace, { once: true });
  frame.after(next);
}

export async function refreshFrame(frame) {
  const response = await fetch(frame.src, { cache: "no-cache" }).catch(() => ({}));
  if (!response.ok) return; // the next build says why
  const html = await response.text();
  // A frame that is not ready, or about to be replaced, would not answer.
  const answers = "ready" in frame.dataset && !$(".st-next", frame.parentElement);
  if (answers) tell(frame, { storytime: "html", html });
  else reloadFrame(frame);
}

// A document that was ready before this module loaded says so again.
export function greetFrames() {
  for (const frame of frames()) tell(frame, { storytime: "greet" });
}
