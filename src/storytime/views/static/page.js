// What all modules share: elements, addresses, the browser's storage, and what the server said.

import "./frame.js";

export const { isField, morph, remember } = globalThis.storytime;
export const root = document.documentElement;
export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const ROOT = new URL(".", import.meta.url).href;
export const page = () => root.dataset.page; // "*" on an error page: any change concerns it
export const nodeOf = (file) => file.replace(/\/?index\.html$/, "");
export const current = () => nodeOf(page());
export const fileOf = (url) => url.startsWith(ROOT) && decodeURIComponent(url.slice(ROOT.length));
export const urlOf = (file) => ROOT + encodeURI(file).replace(/[?#]/g, encodeURIComponent);

// Fetch a page; resolves to {} while the server can't be reached.
export async function fetchPage(url) {
  try {
    const response = await fetch(url, { cache: "no-cache" });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    return { ok: response.ok, fresh, isServed: response.headers.has("Server-Timing") };
  } catch {
    return {};
  }
}

// Read a stored value, after it is set to `value` if one is given; null if there is none.
const store = (area) => (name, value) => {
  try {
    const key = `storytime-${name}`;
    if (value !== undefined) globalThis[area].setItem(key, JSON.stringify(value));
    return JSON.parse(globalThis[area].getItem(key));
  } catch {
    return null; // storage is switched off
  }
};
export const tabStore = store("sessionStorage");
export const userStore = store("localStorage");

// What the server's last message said. Before the first one, `build` is the one that the page came
// from, by its header `Server-Timing: build;desc="ID"`.
const [{ serverTiming = [] }] = performance.getEntriesByType("navigation");
export const served = {
  build: serverTiming.find(({ name }) => name === "build")?.description,
  failures: [],
  editor: null, // "vscode://file{file}:{line}"
  base: null, // the folder that file names are relative to
};
