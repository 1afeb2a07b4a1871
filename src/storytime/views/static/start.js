// Runs before the first paint: marks the page as live, so that what needs the modules is shown, and
// loads them. Browsers refuse modules on a disk and in a story's sandbox.
if (location.protocol === "file:") {
  // Every file is an origin of its own here, and a frame without one could load nothing.
  new MutationObserver((records) => {
    for (const frame of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!frame.matches?.("iframe[sandbox]:not([sandbox~=allow-same-origin])")) continue;
      const other = frame.cloneNode();
      other.sandbox.add("allow-same-origin");
      frame.replaceWith(other); // it is lazy: nothing was loaded yet
    }
  }).observe(document, { childList: true, subtree: true });
} else if (origin !== "null") {
  document.documentElement.dataset.live = "";
  const base = document.currentScript.src;
  // All at once; else the browser would find them one import after the other.
  const names = "storytime failures frame navigation page reload search story tree";
  for (const name of names.split(" ")) {
    const { href } = new URL(`${name}.js`, base);
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
  }
  document.addEventListener("DOMContentLoaded", () => import(new URL("storytime.js", base)));
}
