// What all modules share: elements, addresses, storage, the server's messages.

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

// Handle events on, or in, elements that match the selector.
export function on(type, selector, handle) {
  addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handle(element, event);
  });
}

const ROOT = new URL(".", import.meta.url).href;
export const page = () => root.dataset.page; // "*" on an error page: any change concerns it
export const nodeOf = (file) => file.replace(/\/?index\.html$/, "");
export const current = () => nodeOf(page());
export const fileOf = (url) => url.startsWith(ROOT) && decodeURIComponent(url.slice(ROOT.length));
export const urlOf = (file) => ROOT + encodeURI(file).replace(/[?#]/g, encodeURIComponent);

// Fetch a page; resolves to {} if the server can't be reached.
export async function fetchPage(url) {
  try {
    const response = await fetch(url, { cache: "no-cache" });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    return { ok: response.ok, fresh, isServed: response.headers.has("Server-Timing") };
  } catch {
    return {};
  }
}

// Read a stored value, after setting it if one is given; null if there is none.
const store = (area) => (name, value) => {
  try {
    const key = `storytime-${name}`;
    if (value !== undefined) globalThis[area].setItem(key, JSON.stringify(value));
    return JSON.parse(globalThis[area].getItem(key));
  } catch {
    return null; // no storage
  }
};
export const tabStore = store("sessionStorage");
export const userStore = store("localStorage");

// Marks a page that was sent before the first build had ended.
export const { early } = root.dataset;
delete root.dataset.early;

// What ws/controls.js adds, which only a server has that renders stories with other props.
export const live = {};

// The fields of the server's last messages. Until then `build` is the one that the page came from.
const [{ serverTiming = [] }] = performance.getEntriesByType("navigation");
export const served = {
  build: early ?? serverTiming.find(({ name }) => name === "build")?.description,
  failures: [],
};
