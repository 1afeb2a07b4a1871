// Runs in a story's frame: lists events, and hands requests to the workshop's page, which has the
// key to the server. The server's copies of a document load it right after `frame.js`; into any other
// document `frame.js` puts it when the page asks.
//
// To the page:   {storytime: "listening" | "events" | "request" | "status", …}
// From the page: {storytime: "listen" | "answer", …}
(() => {
  document.currentScript.remove(); // the HTML that replaces this document's doesn't have it
  if (parent === window || globalThis.storytimeEvents) return;
  globalThis.storytimeEvents = true;

  const LONGEST = 1000; // characters of a text
  const MOST_VALUES = 300; // of a detail
  const MOST = 200; // events at once
  const ATTRIBUTE = "data-storytime-events";

  const tell = (kind, more) => parent.postMessage({ storytime: kind, ...more }, "*");
  const clip = (text, length = LONGEST) =>
    text.length > length ? `${text.slice(0, length)}…` : text;

  // --- descriptions ---

  function label(target) {
    if (target === window) return "window";
    if (!(target instanceof Element)) return clip(String(target?.nodeName ?? ""), 40);
    const id = target.getAttribute("id");
    const name = target.getAttribute("name");
    const classes = [...target.classList].map((each) => `.${each}`).join("");
    const text = textOf(target).replace(/\s+/g, " ").trim();
    return [
      clip(target.localName + (id ? `#${id}` : "") + classes, 80),
      name && `[name=${clip(name, 40)}]`,
      text && `“${clip(text, 40)}”`,
    ].filter(Boolean).join(" ");
  }

  function textOf(target) {
    if (target.matches("[type=checkbox], [type=radio]")) return String(target.checked);
    if (target.matches("input:not([type=password]), select, textarea")) return String(target.value);
    const isNamedByContent = target.matches("a, button, label, option, summary, [role]");
    return target.getAttribute("aria-label") ?? (isNamedByContent ? target.textContent : "");
  }

  // JSON; what that can't hold is named, and what occurs again is left out, as in a circle.
  function describe(detail) {
    const seen = new Set();
    let count = 0;
    const plain = (_, value) => {
      if (++count > MOST_VALUES) return undefined;
      if (value instanceof EventTarget) return label(value) || String(value);
      if (typeof value === "function") return `function ${value.name}`;
      if (["bigint", "symbol"].includes(typeof value)) return String(value);
      if (typeof value !== "object" || value === null) return value;
      if (seen.has(value)) return "…";
      seen.add(value);
      return value;
    };
    try {
      return clip(JSON.stringify(detail, plain) ?? "");
    } catch (error) {
      return `(can’t be shown: ${clip(String(error?.message), 200)})`;
    }
  }

  const valueOf = (value) => (typeof value === "string" ? value : value.name); // a file's name
  const pairsOf = (fields) => Array.from(fields, ([name, value]) => [name, valueOf(value)]);
  const shown = (pairs) => clip(pairs.map((pair) => pair.join("=")).join("\n"));

  // --- events ---

  let waiting = []; // until the next message

  function note(entry) {
    waiting.push(entry);
    if (waiting.length === 1) setTimeout(flush, 16);
    else if (waiting.length > MOST) waiting.shift();
  }

  function flush() {
    if (waiting.length) tell("events", { list: waiting });
    waiting = [];
  }

  let named = []; // by the story
  const heard = new Set();

  function listenTo(names) {
    for (const name of names) {
      if (!heard.has(name)) addEventListener(name, hear, true);
      heard.add(name);
    }
  }

  function hear(event) {
    const { type } = event;
    const path = event.composedPath();
    const marked = `[${ATTRIBUTE}~="${CSS.escape(type)}"]`;
    if (!named.includes(type) && !path.some((each) => each.matches?.(marked))) return;
    const [target] = path;
    let text = "";
    if (type === "submit" && target instanceof HTMLFormElement)
      text = shown(pairsOf(new FormData(target, event.submitter)));
    else if (event instanceof CustomEvent && event.detail !== null) text = describe(event.detail);
    else if (event instanceof KeyboardEvent) text = event.key;
    note({ type: clip(type, 80), target: label(target), text });
  }

  function findMarked() {
    for (const each of document.querySelectorAll(`[${ATTRIBUTE}]`))
      listenTo(each.getAttribute(ATTRIBUTE).split(/\s+/).filter(Boolean));
  }

  findMarked();
  new MutationObserver(findMarked).observe(document, {
    subtree: true,
    childList: true,
    attributeFilter: [ATTRIBUTE],
  });

  // --- requests ---

  let responses = []; // the keys of those that the story has
  let listened;
  const listening = new Promise((resolve) => (listened = resolve));
  const asked = new Map();

  const isOwn = (url) => url.origin === location.origin && url.protocol.startsWith("http");

  function keyFor(method, { pathname }) {
    return responses.find((key) => {
      const [own, path] = key.split(" ");
      const { pathname: wanted } = new URL(path ? path.replace(/\*$/, "") : location, document.baseURI);
      const matches = path?.endsWith("*") ? pathname.startsWith(wanted) : pathname === wanted;
      return own === method && matches;
    });
  }

  // Hand a request to the page; return its id.
  async function hand(request, key, from, isDocument = false) {
    const id = Math.random(); // the page's answer may come to the next document
    const url = new URL(request.url);
    if (url.searchParams.has("st-state")) url.searchParams.delete("st-state");
    const isForm = /form/.test(request.headers.get("Content-Type"));
    const body = isForm ? "" : await request.text();
    const fields = isForm && (await request.formData().catch(() => []));
    const data = isForm ? pairsOf(fields) : [...url.searchParams];
    flush(); // what came before
    tell("request", {
      id,
      key,
      method: request.method,
      url: url.pathname + url.search,
      data,
      body,
      headers: Object.fromEntries(request.headers),
      document: isDocument,
      from,
      text: shown(data),
    });
    return id;
  }

  // Resolve to the answer of the story, null if it has none, and to what tells another's status.
  async function ask(request, from) {
    await listening;
    const key = keyFor(request.method, new URL(request.url));
    const id = await hand(request, key, from);
    const answer = key ? await new Promise((resolve) => asked.set(id, resolve)) : null;
    return { answer, tellStatus: (status) => tell("status", { id, status }) };
  }

  const fetchFrom = fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { url, signal } = request;
    if (!isOwn(new URL(url))) return fetchFrom(request);
    const { answer, tellStatus } = await ask(request.clone(), "fetch");
    signal.throwIfAborted();
    if (!answer) {
      const response = await fetchFrom(request).catch((error) => {
        tellStatus(0);
        throw error;
      });
      tellStatus(response.status);
      return response;
    }
    const { status, html } = answer;
    const headers = { "Content-Type": "text/html; charset=utf-8", ...answer.headers };
    const body = [204, 205, 304].includes(status) ? null : html;
    return Object.defineProperty(new Response(body, { status, headers }), "url", { value: url });
  };

  const senders = new WeakMap(); // the elements that htmx sends requests for
  const noteSender = ({ detail }) => detail?.xhr && senders.set(detail.xhr, label(detail.elt));
  addEventListener("htmx:beforeRequest", noteSender, true);

  const READ = {
    json: (html) => JSON.parse(html),
    document: (html) => new DOMParser().parseFromString(html, "text/html"),
    blob: (html) => new Blob([html], { type: "text/html" }),
    arraybuffer: (html) => new TextEncoder().encode(html).buffer,
  };

  globalThis.XMLHttpRequest = class XMLHttpRequest extends globalThis.XMLHttpRequest {
    #asked; // a request that the page may answer
    #isWaiting = false;
    #answer;

    open(method, url, isAsync = true, ...rest) {
      super.open(method, url, isAsync, ...rest);
      const parsed = new URL(url, document.baseURI);
      this.#answer = undefined;
      this.#asked = isAsync && isOwn(parsed) ? { method, url: parsed, headers: new Headers() } : null;
    }

    setRequestHeader(name, value) {
      super.setRequestHeader(name, value);
      this.#asked?.headers.append(name, value);
    }

    send(body) {
      if (this.#asked) this.#ask(body);
      else super.send(body);
    }

    async #ask(body) {
      const current = this.#asked;
      const { method, url, headers } = current;
      const content = /^(get|head)$/i.test(method) ? null : body;
      this.#isWaiting = true;
      const request = new Request(url, { method, headers, body: content });
      const { answer, tellStatus } = await ask(request, senders.get(this) ?? "XMLHttpRequest");
      if (this.#asked !== current) return; // aborted, or opened again
      this.#isWaiting = false;
      if (answer) {
        const all = { "content-type": "text/html; charset=utf-8", ...answer.headers };
        this.#answer = { ...answer, url: url.href, headers: new Headers(all) };
        this.#fire("readystatechange", "load", "loadend");
      } else {
        this.addEventListener("loadend", () => tellStatus(this.status), { once: true });
        super.send(body);
      }
    }

    #fire(...types) {
      for (const type of types) this.dispatchEvent(new ProgressEvent(type));
    }

    abort() {
      const isWaiting = this.#isWaiting;
      this.#isWaiting = false;
      this.#asked = null;
      super.abort();
      if (isWaiting) this.#fire("abort", "loadend");
    }

    get readyState() {
      return this.#answer ? 4 : super.readyState;
    }
    get status() {
      return this.#answer?.status ?? super.status;
    }
    get responseURL() {
      return this.#answer?.url ?? super.responseURL;
    }
    get responseText() {
      return this.#answer?.html ?? super.responseText;
    }
    get responseXML() {
      return this.#answer ? READ.document(this.#answer.html) : super.responseXML;
    }
    get response() {
      if (!this.#answer) return super.response;
      const { html } = this.#answer;
      return READ[this.responseType]?.(html) ?? html;
    }
    getResponseHeader(name) {
      return this.#answer ? this.#answer.headers.get(name) : super.getResponseHeader(name);
    }
    getAllResponseHeaders() {
      if (!this.#answer) return super.getAllResponseHeaders();
      return [...this.#answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    }
  };

  // --- forms and links: the page shows the document that answers them ---

  // Return whether the story has a response.
  function follow(url, method, from, body) {
    const key = isOwn(url) && keyFor(method, url);
    if (isOwn(url)) hand(new Request(url, { method, body }), key, from, true);
    return Boolean(key);
  }

  function submitted(form, submitter) {
    const given = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
    const method = given("method").toUpperCase();
    if (method === "DIALOG" || !["", "_self"].includes(given("target"))) return false;
    const url = new URL(given("action") || location, document.baseURI);
    const fields = new FormData(form, submitter);
    if (method === "POST") return follow(url, method, label(form), fields);
    url.search = new URLSearchParams(pairsOf(fields));
    return follow(url, "GET", label(form));
  }

  addEventListener("submit", (event) => {
    if (event.defaultPrevented || !(event.target instanceof HTMLFormElement)) return;
    if (submitted(event.target, event.submitter)) event.preventDefault();
  });

  const { submit } = HTMLFormElement.prototype;
  HTMLFormElement.prototype.submit = function () {
    if (!submitted(this)) submit.call(this);
  };

  addEventListener("click", (event) => {
    const link = event.composedPath()[0].closest?.("a[href]:not([download])");
    const hasKey = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || event.defaultPrevented || hasKey) return;
    if (!["", "_self"].includes(link.getAttribute("target") ?? "")) return;
    const url = new URL(link.getAttribute("href"), document.baseURI);
    const isHere = url.hash && url.pathname === location.pathname;
    if (!isHere && keyFor("GET", url) && follow(url, "GET", label(link))) event.preventDefault();
  });

  // --- messages of the page ---

  const asks = {
    listen(data) {
      ({ responses, named } = data);
      listenTo(named);
      listened();
    },
    answer({ id, answer }) {
      asked.get(id)?.(answer);
      asked.delete(id);
    },
  };

  addEventListener("message", ({ source, data }) => {
    if (source === parent) asks[data?.storytime]?.(data);
  });

  tell("listening", { isFirst: document.readyState === "loading" });
})();
