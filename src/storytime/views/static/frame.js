// Storytime adds this one script to a story's document. In the workshop's frame it reports height and
// keys to the page, and replaces HTML that changed. In a tab of its own it does nothing. The page
// imports it, too, for `morph`.
//
// To the page:   {storytime: "ready" | "height" | "key" | "reload", …}
// From the page: {storytime: "greet" | "look" | "html" | "assets" | "scroll", …}
(() => {
  // --- morphing ---

  // Each element's attributes in the last HTML. Only what differs between that and the new HTML is
  // changed: what scripts and people did to an element since stays.
  const given = new WeakMap();
  const written = new WeakMap(); // the same for the content of editable elements

  const attributes = (element) =>
    new Map(Array.from(element.attributes, ({ name, value }) => [name, value]));

  function remember(root) {
    for (const element of [root, ...root.querySelectorAll("*")]) {
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
    globalThis.storytime = { isField, morph, remember };
    return;
  }

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
    if (fitted && innerHeight < height && isCut()) tellHeight();
    [width, height] = [innerWidth, innerHeight];
    requestAnimationFrame(() => requestAnimationFrame(() => (fitted = false)));
  });

  function isCut() {
    const { scrollHeight, clientHeight } = document.documentElement;
    return scrollHeight > clientHeight;
  }

  function tellHeight() {
    const { body, documentElement } = document;
    if (!body) return;
    const margin = parseFloat(getComputedStyle(body).marginBottom) || 0;
    const end = body.getBoundingClientRect().bottom + scrollY + margin;
    tell("height", { height: Math.ceil(Math.max(end, isCut() ? documentElement.scrollHeight : 0)) });
  }

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
  const OUTLINE = "*, ::before, ::after { outline: 1px solid #e05; outline-offset: -1px; }";
  const outline = document.createElement("style");
  outline.textContent = OUTLINE;
  const media = new WeakMap();

  function look({ scheme, background, outlined }) {
    const { style } = document.documentElement;
    style.colorScheme = scheme;
    style.background = background === "checks" ? CHECKS : background;
    for (const sheet of document.styleSheets) setScheme(sheet, scheme);
    if (outlined) document.documentElement.append(outline);
    else outline.remove();
  }

  // `prefers-color-scheme` asks the system, not `color-scheme`: rewrite the rules that use it.
  function setScheme(sheet, scheme) {
    let rules;
    try {
      rules = sheet.cssRules;
    } catch {
      return; // of another origin
    }
    for (const rule of rules) {
      if (rule instanceof CSSMediaRule) {
        const asked = media.get(rule) ?? rule.media.mediaText;
        media.set(rule, asked);
        const text = asked.replace(/\(\s*prefers-color-scheme\s*:\s*(\w+)\s*\)/g, (whole, wanted) => {
          if (!scheme) return whole;
          return wanted === scheme ? "(min-width: 0)" : "(max-width: 0)";
        });
        if (text !== rule.media.mediaText) rule.media.mediaText = text;
      }
      if (rule.cssRules) setScheme(rule, scheme);
    }
  }

  // --- messages of the page ---

  let last = {};

  // The HTML says nothing of what the author's scripts did: reload a document that has some.
  function replace(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const scripts = [...document.scripts, ...fresh.scripts];
    if (scripts.some(({ src }) => src !== own)) return reload();
    morph(document.documentElement, fresh.documentElement);
    look(last);
    tellHeight();
  }

  function reload() {
    tell("reload", { x: scrollX, y: scrollY });
  }

  const own = document.currentScript.src;
  const asks = {
    greet: () => {
      if (document.readyState === "loading") return; // DOMContentLoaded will
      tell("ready");
      tellHeight();
    },
    look: (data) => look((last = data)),
    html: ({ html }) => replace(html),
    assets: ({ urls }) => {
      const used = new Set(performance.getEntriesByType("resource").map(({ name }) => name));
      if (urls.some((url) => used.has(url))) reload();
    },
    scroll: ({ to }) => scrollTo(...to),
  };

  addEventListener("message", ({ source, data }) => {
    if (source === parent) asks[data?.storytime]?.(data);
  });

  document.addEventListener("DOMContentLoaded", () => {
    remember(document.documentElement);
    tell("ready");
    const sizes = new ResizeObserver(() => fitted || tellHeight());
    sizes.observe(document.documentElement);
    sizes.observe(document.body);
  });
  addEventListener("load", tellHeight);
})();
