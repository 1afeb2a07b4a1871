// Storytime adds this one script to a story's document. In the workshop's frame it reports height and
// keys to the page, and replaces HTML that changed. In a tab of its own it does nothing. The page
// imports it, too, for `morph`.
//
// To the page:   {storytime: "ready" | "height" | "key" | "reload", …}
// From the page: {storytime: "greet" | "look" | "html" | "assets" | "scroll" | "script", …}
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // --- morphing ---

  // Each element's attributes in the last HTML. Only what differs between that and the new HTML is
  // changed: what scripts and people did to an element since stays.
  const given = new WeakMap();
  const written = new WeakMap(); // the same for the content of editable elements

  const attributes = (element) =>
    new Map(Array.from(element.attributes, ({ name, value }) => [name, value]));

  function remember(root) {
    for (const element of [root, ...all("*", root)]) {
      given.set(element, attributes(element));
      if (element.hasAttribute("contenteditable")) written.set(element, element.innerHTML);
    }
  }

  // Make the node `old` like `fresh`. Elements that match `stays` are not removed.
  function morph(old, fresh, stays) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    const before = given.get(old) ?? attributes(old);
    const after = attributes(fresh);
    for (const name of before.keys()) if (!after.has(name)) old.removeAttribute(name);
    for (const [name, value] of after) {
      if (before.get(name) !== value) old.setAttribute(name, value);
    }
    given.set(old, after);
    if (old.isContentEditable) {
      if (written.get(old) === fresh.innerHTML) return; // keep what a person wrote
      written.set(old, fresh.innerHTML);
    }
    let next = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const match = following(next, child);
      if (match) {
        while (next !== match) next = removed(next, stays);
        next = match.nextSibling;
        morph(match, child, stays);
      } else {
        const added = document.importNode(child, true);
        if (added.nodeType === Node.ELEMENT_NODE) remember(added);
        old.insertBefore(added, next);
      }
    }
    while (next) next = removed(next, stays);
  }

  function following(node, wanted) {
    while (node && !(node.nodeName === wanted.nodeName && (node.id ?? "") === (wanted.id ?? ""))) {
      node = node.nextSibling;
    }
    return node;
  }

  function removed(node, stays) {
    const next = node.nextSibling;
    if (!stays || !node.matches?.(stays)) node.remove();
    return next;
  }

  // --- fields: no key typed in them is a shortcut ---

  const FIELDS = "input, textarea, select, [role=textbox], [role=searchbox], [role=combobox]";
  const isClosed = (target) => target.localName?.includes("-") && !target.shadowRoot; // may hide one
  const holdsText = (target) =>
    target.isContentEditable || target.matches?.(FIELDS) || isClosed(target);
  // A field keeps the focus until the next paint when its dialog closes.
  const isField = (target) => holdsText(target) && target.checkVisibility();

  if (parent === window) {
    window.storytime = { isField, morph, remember };
    return;
  }

  const rootElement = document.documentElement;

  // --- height ---

  const tell = (kind, more) => parent.postMessage({ storytime: kind, ...more }, "*");
  let width = innerWidth;
  let height = innerHeight;
  let fitted = false;

  // If only the height changed, the page changed it. What follows from that within a frame is not
  // reported: content of 100vh would grow for ever. It is if content is cut that makes the body no
  // higher (a dialog).
  addEventListener("resize", () => {
    fitted = innerWidth === width;
    if (fitted && (fixedHeight() > innerHeight || (innerHeight < height && isCut()))) tellHeight();
    [width, height] = [innerWidth, innerHeight];
    requestAnimationFrame(() => requestAnimationFrame(() => (fitted = false)));
  });

  const isCut = () => rootElement.scrollHeight > rootElement.clientHeight;

  // The height of the window that visible boxes need which are fixed to it.
  const SEEN = { opacityProperty: true, visibilityProperty: true };
  function fixedHeight(within) {
    let needed = 0;
    for (const box of all("*", within)) {
      if (box.shadowRoot) needed = Math.max(needed, fixedHeight(box.shadowRoot));
      if (box.offsetParent !== null || getComputedStyle(box).position !== "fixed") continue;
      const { top, bottom, width } = box.getBoundingClientRect();
      if (!width || bottom <= 0 || !box.checkVisibility(SEEN)) continue;
      needed = Math.max(needed, 400, top < innerHeight && Math.abs(top) + box.scrollHeight);
    }
    return needed;
  }

  function tellHeight() {
    const { body } = document;
    if (!body) return;
    const margin = parseFloat(getComputedStyle(body).marginBottom) || 0;
    const end = body.getBoundingClientRect().bottom + scrollY + margin;
    const cut = isCut() ? rootElement.scrollHeight : 0;
    tell("height", { height: Math.ceil(Math.max(end, cut, fixedHeight())) });
  }

  // No box changes its size when one opens that is fixed.
  const opened = () => requestAnimationFrame(() => fixedHeight() > innerHeight && tellHeight());
  for (const type of ["click", "toggle"]) addEventListener(type, opened, true);

  // --- links: the sandbox lets none replace the workshop, so a tab shows what would ---

  addEventListener("click", (event) => {
    const link = event.composedPath()[0].closest?.("[target=_top i], [target=_parent i]");
    link?.setAttribute("target", "_blank");
  }, true);

  // --- keys ---

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (isField(event.composedPath()[0])) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() !== "k") return;
    if (command || event.key === "/") event.preventDefault(); // the browser's own search
    tell("key", { key: event.key, ctrlKey: command });
  });

  // --- scheme, background, outline ---

  const CHECKS = "repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 20px 20px";
  const outline = document.createElement("style");
  outline.textContent = "*, ::before, ::after { outline: 1px solid #e05; outline-offset: -1px }";
  const media = new WeakMap(); // what was asked, and what stands for it
  const matches = matchMedia.bind(window);
  let emulated = ""; // the scheme that the browser doesn't give the frame by its element's style

  window.matchMedia = (query) => matches(inScheme(query));

  function look({ scheme, background, outlined }) {
    const { style } = rootElement;
    style.colorScheme = scheme;
    style.background = background === "checks" ? CHECKS : background;
    emulated = matches(`(prefers-color-scheme: ${scheme})`).matches ? "" : scheme;
    for (const { sheet } of all("style")) if (sheet) setScheme(sheet);
    for (const each of all("[media], link[rel~=stylesheet]")) {
      adapt(each, "media");
      if (!each.href?.startsWith(root)) continue;
      // The server answers with a stylesheet in which the scheme is decided.
      let href = each.href.replace(/.st-scheme=\w+/, "");
      if (emulated) href += `${href.includes("?") ? "&" : "?"}st-scheme=${emulated}`;
      if (each.href !== href) each.href = href;
    }
    if (outlined) rootElement.append(outline);
    else outline.remove();
  }

  const FEATURE = /\(\s*prefers-color-scheme\s*:\s*(\w+)\s*\)/g;
  const inScheme = (text) =>
    text?.replace(FEATURE, (whole, wanted) =>
      emulated ? `(${wanted === emulated ? "min" : "max"}-width: 0)` : whole,
    );

  function setScheme(sheet) {
    for (const rule of sheet.cssRules ?? []) {
      if (rule.media) adapt(rule.media, "mediaText");
      setScheme(rule);
    }
  }

  function adapt(holder, name) {
    const [asked, shown] = media.get(holder) ?? [];
    const text = holder[name] === shown ? asked : holder[name];
    if (inScheme(text) !== holder[name]) holder[name] = inScheme(text);
    media.set(holder, [text, holder[name]]);
  }

  // --- messages of the page ---

  let last = {};

  // Reload what can't be changed in place: the HTML says nothing of what scripts did, a parser of
  // text attaches no shadow roots, and a document keeps its mode.
  function replace(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const scripts = [...document.scripts, ...fresh.scripts];
    if (
      scripts.some(({ src }) => src !== own) ||
      fresh.querySelector("template[shadowrootmode]") ||
      all("*").some(({ shadowRoot }) => shadowRoot) ||
      fresh.compatMode !== document.compatMode
    ) return reload();
    for (const each of all("noscript", fresh)) each.textContent = each.innerHTML;
    const players = all("audio, video").map((each) => [each, each.innerHTML]);
    morph(rootElement, fresh.documentElement);
    for (const [each, sources] of players) if (each.innerHTML !== sources) each.load();
    look(last);
    tellHeight();
  }

  const reload = () => tell("reload", { x: scrollX, y: scrollY });

  const own = document.currentScript.src;
  const root = own.slice(0, -8); // without "frame.js"
  const fileOf = (url) => unescape(url.split(/[?#]/)[0]);
  const tellReady = (loading) => tell("ready", { at: fileOf(location.href), loading });
  const asks = {
    greet: () => {
      if (document.readyState === "loading") return; // DOMContentLoaded will
      tellReady();
      tellHeight();
    },
    look: (data) => look((last = data)),
    html: ({ html }) => replace(html),
    assets: ({ urls }) => {
      const changed = urls.map(fileOf);
      const used = performance.getEntriesByType("resource");
      if (used.some(({ name }) => changed.includes(fileOf(name)))) reload();
    },
    scroll: ({ to }) => scrollTo(...to),
    // It runs although it isn't in the document any more, where `replace` would find it.
    script: (data) => rootElement.appendChild(Object.assign(document.createElement("script"), data)).remove(),
  };

  addEventListener("message", ({ source, data }) => {
    if (source === parent) asks[data?.storytime]?.(data);
  });

  addEventListener("DOMContentLoaded", () => {
    remember(rootElement);
    tellReady(true);
    new MutationObserver(opened).observe(document, { subtree: true, childList: true, attributeFilter: ["class", "hidden", "open"] });
    const sizes = new ResizeObserver(() => fitted || tellHeight());
    sizes.observe(rootElement);
    sizes.observe(document.body);
  });
  addEventListener("load", tellHeight);
})();
