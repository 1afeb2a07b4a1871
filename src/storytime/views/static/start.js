// Runs before the first paint: says that the script is there, so that what needs it is shown, and
// brings it. On a disk and in a story's sandbox browsers refuse modules.
if (location.protocol === "file:") {
  // There every file is an origin anyway, and a frame that had none could load nothing.
  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const frame of addedNodes) {
        if (!frame.matches?.("iframe[sandbox]:not([sandbox~=allow-same-origin])")) continue;
        const other = frame.cloneNode();
        other.sandbox.add("allow-same-origin");
        frame.replaceWith(other); // nothing was loaded yet: it is lazy
      }
    }
  }).observe(document, { childList: true, subtree: true });
} else if (origin !== "null") {
  document.documentElement.dataset.live = "";
  const { href } = new URL("storytime.js", document.currentScript.src);
  const early = Object.assign(document.createElement("link"), { rel: "modulepreload", href });
  document.head.append(early);
  document.addEventListener("DOMContentLoaded", () => import(href));
}
