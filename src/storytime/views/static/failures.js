// Notices and failures, which are over their story or in a notice.

import { $, $$, current, fetchPage, make, served, urlOf } from "./page.js";

const notices = {};
let dismissed; // failures, as JSON

export function notice(name, ...content) {
  removeNotice(name);
  const close = make("button", { className: "st-button" }, "Dismiss");
  close.onclick = () => {
    removeNotice(name);
    if (name === "failures") dismissed = JSON.stringify(served.failures);
  };
  notices[name] = make("p", {}, make("span", {}, ...content), close);
  $(".st-notices").append(notices[name]);
}

export const removeNotice = (name) => notices[name]?.remove();

export const concerns = ({ places }) =>
  $(".st-stage") && places.some((path) => !path || `${current()}/`.startsWith(`${path}/`));

export async function showFailures() {
  const { failures } = served;
  const stage = $(".st-stage");
  noticeRest();
  const url = urlOf(`${current()}/failures.html`);
  const { fresh } = failures.some(concerns) ? await fetchPage(url) : {};
  if (failures !== served.failures || stage !== $(".st-stage")) return; // they changed
  $(".st-overlay:not(.st-stays)")?.remove();
  const overlay = { className: "st-overlay", role: "alert" };
  if (fresh) stage.append(make("div", overlay, ...$$(".st-failure", fresh)));
  linkPlaces();
}

// Notify of failures that the page doesn't show.
function noticeRest() {
  removeNotice("failures");
  const blocks = $$("main :is(.st-failure, .st-look > p):not(.st-overlay *)");
  const shown = blocks.map(({ textContent }) => textContent).join();
  const news = served.failures.filter((each) => !concerns(each) && !shown.includes(each.message));
  if (!news[0] || dismissed === JSON.stringify(served.failures)) return;
  const [{ path, message }] = news;
  const href = urlOf(path ? `${path}/index.html` : "index.html");
  const link = make("a", { href }, path || "the site");
  const more = news.flatMap(({ places }) => places).length - 1;
  notice("failures", "Build failed: ", link, ` ${message}`, more ? ` – and ${more} more` : "");
}

export function linkPlaces() {
  const { editor, base } = served;
  for (const element of editor ? $$(".st-place:not(:has(a))") : []) {
    const { file, line } = element.dataset;
    const full = file[0] === "/" ? file : `${base}/${file}`;
    const path = full.split("/").map(encodeURIComponent).join("/");
    const href = editor.replaceAll("{file}", path).replaceAll("{line}", Math.max(line, 1));
    element.replaceChildren(make("a", { href, title: "Open in the editor" }, element.textContent));
  }
}
