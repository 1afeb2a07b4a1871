// What edits one value: an editor for each kind of control.
//
// An editor has an `element`; its `field`, if one field is the main one; `read()`, the value as text
// (undefined while there is none, as in an emptied field for a number); and `write(text)`, where
// undefined stands for no value. Fields fire "input", which says that a person changed the value.

import { make } from "../page.js";

const MOST_SEGMENTS = 4; // options that stand side by side
const MOST_LETTERS = 28; // of all these together

let last = 0;
export const newId = () => `st-control-${++last}`;

export function editorOf(control, name) {
  const { kind, optional, options, isItem } = control;
  const isSwitch = kind === "switch" && optional; // it has three values
  if (kind === "choice" || isSwitch) {
    const values = [...(isSwitch ? ["false", "true"] : options), ...(optional ? [null] : [])];
    const letters = values.join("").length + (optional ? 4 : 0);
    const isShort = values.length <= MOST_SEGMENTS && letters <= MOST_LETTERS && !isItem;
    return (isShort ? segments : selection)(values, name);
  }
  const editor = (editors[kind] ?? input)(control, name);
  return optional ? withNone(editor, name) : editor;
}

const editors = { text, html: text, number, switch: toggle, color };

function text({ kind }) {
  const field = make("textarea", { rows: 1, spellcheck: false, autocomplete: "off" });
  if (kind === "html") field.className = "st-html-text";
  // For browsers without `field-sizing`.
  const grow = () => (field.rows = Math.min(field.value.split("\n").length, 12));
  field.addEventListener("input", grow);
  return {
    element: field,
    field,
    read: () => field.value,
    write(value = "") {
      if (field.value !== value) field.value = value;
      grow();
    },
  };
}

const TYPES = { datetime: "datetime-local" };

// A field of the kind's own type, or one for text where that can't show the value.
function input({ kind, integer, min, max, step }) {
  const type = TYPES[kind] ?? kind;
  const field = make("input", { type, autocomplete: "off" });
  if (kind === "number") {
    Object.assign(field, { min: min ?? "", max: max ?? "", step: step ?? (integer ? 1 : "any") });
    field.inputMode = integer ? "numeric" : "decimal";
  }
  return {
    element: field,
    field,
    read: () => field.value || undefined,
    write(value = "") {
      field.type = type;
      if (kind !== "number") field.step = /:\d\d:/.test(value) ? 1 : "";
      field.value = value;
      if (field.value || !value) return;
      field.type = "text"; // infinity, a time zone
      field.value = value;
    },
  };
}

function number(control, name) {
  const { min, max, step, integer } = control;
  const editor = input(control);
  if (min === undefined || max === undefined) return editor;
  const { field } = editor;
  const steps = step ?? (integer ? 1 : Number(((max - min) / 100).toPrecision(1)));
  const range = make("input", { type: "range", min, max, step: steps, ariaLabel: `${name} slider` });
  range.oninput = () => (field.value = range.value);
  const follow = () => (range.value = field.value || min);
  field.addEventListener("input", follow);
  return {
    ...editor,
    element: make("span", { className: "st-number" }, field, range),
    write(value) {
      editor.write(value);
      follow();
    },
  };
}

function toggle() {
  const field = make("input", { type: "checkbox", className: "st-switch" });
  field.role = "switch";
  return {
    element: field,
    field,
    read: () => `${field.checked}`,
    write: (value) => (field.checked = value === "true"),
  };
}

const shownOption = (value) => value ?? "none";

function selection(values, name) {
  const none = make("option", { hidden: true }, "Choose …");
  const options = values.map((value) => make("option", {}, shownOption(value)));
  const field = make("select", { ariaLabel: name }, none, ...options);
  return {
    element: field,
    field,
    read: () => values[field.selectedIndex - 1],
    write: (value) => (field.selectedIndex = values.indexOf(value) + 1),
  };
}

function segments(values) {
  const name = newId();
  const radios = values.map(() => make("input", { type: "radio", name }));
  const labels = values.map((value, at) =>
    make("label", {}, radios[at], make("span", {}, shownOption(value))),
  );
  const element = make("span", { className: "st-segments" }, ...labels);
  element.role = "radiogroup";
  return {
    element,
    read: () => values[radios.findIndex(({ checked }) => checked)],
    write: (value) => radios.forEach((radio, at) => (radio.checked = values[at] === value)),
  };
}

const canvas = document.createElement("canvas").getContext("2d");

// "#rrggbb" for any CSS colour, without its opacity; black for what is none.
function hexOf(color) {
  canvas.fillStyle = "#000";
  canvas.fillStyle = color;
  if (canvas.fillStyle[0] === "#") return canvas.fillStyle;
  const parts = canvas.fillStyle.match(/[\d.]+/g).slice(0, 3);
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function color(_, name) {
  const field = make("input", { type: "text", autocomplete: "off", spellcheck: false });
  const picker = make("input", { type: "color", ariaLabel: `${name} picker` });
  picker.oninput = () => (field.value = picker.value);
  const follow = () => (picker.value = hexOf(field.value));
  field.addEventListener("input", follow);
  return {
    element: make("span", { className: "st-color" }, picker, field),
    field,
    read: () => field.value,
    write(value = "") {
      field.value = value;
      follow();
    },
  };
}

// An editor with a button that sets None.
function withNone(editor, name) {
  let before; // the value that the button took away
  const button = make("button", { type: "button", className: "st-button st-none" }, "none");
  button.ariaLabel = `${name}: none`;
  const { field } = editor;
  const set = (isNone) => {
    button.ariaPressed = isNone;
    field.placeholder = isNone ? "None" : "";
  };
  const isNone = () => button.ariaPressed === "true";
  const element = make("span", { className: "st-optional" }, editor.element, button);
  button.onclick = () => {
    if (!isNone()) before = editor.read();
    editor.write(isNone() ? before : undefined);
    set(!isNone());
    if (!isNone()) field.focus();
    button.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // An emptied field for a number or a date means none.
  editor.element.addEventListener("input", () => set(false));
  editor.element.addEventListener("change", () => set(isNone() || editor.read() === undefined));
  return {
    element,
    field,
    read: () => (isNone() ? null : editor.read()),
    write(value) {
      set(value === null);
      editor.write(value ?? undefined);
    },
  };
}
