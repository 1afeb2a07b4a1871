// The code that makes a story of a state: to copy, or to be saved in the author's stories.py.

import { linkPlaces } from "../failures.js";
import { $, make, served } from "../page.js";
import { copy } from "../story.js";
import { button } from "./controls-units.js";

// Show the code for `asked`, a story and its state; if it is to be saved, ask for a title first.
export async function offerCode(post, asked, isSaved) {
  const dialog = make("dialog", { className: "st-dialog st-story-code", ariaLabel: "Story" });
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  if (isSaved) return askTitle(post, asked, dialog);
  const answer = await answerTo(post, { ...asked, save: false });
  if (answer.message) dialog.append(said(answer.message), closing(dialog));
  else dialog.append(codeBlock(answer), closing(dialog));
  dialog.showModal();
  const copying = $("[data-do=copy]", dialog);
  if (!copying) return;
  copy(copying);
  copying.focus();
}

async function answerTo(post, data) {
  try {
    return await (await post("story", data)).json();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { message: "The server can't be reached." };
  }
}

function codeBlock({ imports = [], code }) {
  const head = make("div", { className: "st-code-head" }, make("small", {}, "For stories.py"));
  const copying = button("Copy");
  copying.dataset.do = "copy";
  head.append(copying);
  const text = make("code", {}, [...imports, ...(imports.length ? [""] : []), code].join("\n"));
  const block = make("pre", { tabIndex: 0, role: "group", ariaLabel: "Code of the story" }, text);
  return make("div", { className: "st-code" }, head, block);
}

const said = (message) => make("p", { className: "st-invalid", role: "alert" }, message);

const closing = (dialog) =>
  make("p", { className: "st-dialog-end" }, button("Close", () => dialog.close()));

function askTitle(post, asked, dialog) {
  const field = make("input", { type: "text", required: true, autocomplete: "off", id: "st-new-title" });
  const label = make("label", { htmlFor: field.id }, "Title of the new story");
  const message = make("p", { className: "st-invalid", role: "alert" });
  const save = make("button", { className: "st-button st-main-button" }, "Save");
  const end = make("p", { className: "st-dialog-end" }, button("Cancel", () => dialog.close()), save);
  const form = make("form", {}, make("h2", {}, "Save as story"), label, field, message, end);
  form.onsubmit = async (event) => {
    event.preventDefault();
    save.disabled = true;
    const answer = await answerTo(post, { ...asked, title: field.value, save: true });
    save.disabled = false;
    if (answer.message) {
      message.textContent = answer.message;
      field.focus();
      return;
    }
    const file = answer.file.replace(`${served.base}/`, "");
    const place = make("span", { className: "st-place" }, `${file}:${answer.line}`);
    Object.assign(place.dataset, { file: answer.file, line: answer.line });
    const where = make("p", { role: "status" }, `Saved “${field.value}” in `, place);
    dialog.replaceChildren(where, codeBlock(answer), closing(dialog));
    linkPlaces();
    $("a, button", dialog).focus();
  };
  dialog.append(form);
  dialog.showModal();
}
