// Notices, and failures: over the story that they concern, or in a notice.

import { $, $$, current, fetchPage, make, served, urlOf } from "./page.js";

const notices = new Map();
let dismissed; // failures, as JSON

export function notice(name, ...content) {
  removeNotice(name);
  const close = make("button", { type: "button", className: "st-button" }, "Dismiss");
  close.onclick = () => {
    removeNotice(name);
    if (name === "failures") dismissed = JSON.stringify(served.failures);
  };
  notices.set(name, make("p", {}, make("span", {}, ...content), close));
  $(".st-notices").append(notices.get(name));
}

export const removeNotice = (name) => notices.get(name)?.remove();

export const concerns = ({ path }) =>
  $(".st-stage") && (!path || `${current()}/`.startsWith(`${path}/`));

export async function showFailures() {
  const { failures } = served;
  const stage = $(".st-stage");
  noticeRest(failures.filter((each) => !concerns(each)));
  const paths = failures.filter(concerns).map(({ path }) => path);
  const { fresh } = paths.length ? await fetchPage(urlOf("failures.html")) : {};
  if (failures !== served.failures || stage !== $(".st-stage")) return; // they changed
  $(".st-overlay")?.remove();
  if (fresh) {
    const blocks = $$(".st-failure", fresh).filter(({ dataset }) => paths.includes(dataset.path));
    stage.append(make("div", { className: "st-overlay", role: "alert" }, ...blocks));
  }
  linkPlaces();
}

// A notice of the failures that the page doesn't show.
function noticeRest(failures) {
  removeNotice("failures");
  const blocks = $$("main :is(.st-failure, .st-look > p):not(.st-overlay *)");
  const shown = blocks.map(({ textContent }) => textContent).join();
  const [first, ...more] = failures.filter(({ message }) => !shown.includes(message));
  if (!first || dismissed === JSON.stringify(served.failures)) return;
  const href = urlOf(first.path ? `${first.path}/index.html` : "index.html");
  const link = make("a", { href }, first.path || "the site");
  const rest = more.length ? ` – and ${more.length} more` : "";
  notice("failures", "Build failed: ", link, ` ${first.message}${rest}`);
}

function linkPlaces() {
  const { editor, base } = served;
  for (const element of editor ? $$(".st-place:not(:has(a))") : []) {
    const { file, line } = element.dataset;
    const full = /^([\\/]|\w:)/.test(file) ? file : `${base}/${file}`;
    const href = editor.replace("{file}", encodeURI(full)).replace("{line}", Math.max(line, 1));
    element.replaceChildren(make("a", { href, title: "Open in the editor" }, ...element.childNodes));
  }
}
