// What edits the part of a state that one control has: a single value, a list, or pairs.
//
// A unit has an `element`; its `field`, if a label can name one; `write(value)`, with a control's
// value; and `pairs(isFinal)`, the part of the state, or undefined while a person is about to type it.

import { make } from "../page.js";
import { editorOf } from "./controls-editors.js";

const EMPTY = "!empty";
const NONE = "!none";

export const written = (value) =>
  value === null ? NONE : value[0] === "!" ? `!${value}` : value;
export const meant = (text) => (text === NONE ? null : text.replace(/^!!/, "!"));

// The value that pairs of the state mean for a control, as the server would give it.
export function valueOf({ kind, name }, pairs) {
  const texts = pairs.filter(([key]) => key === name).map(([, text]) => text);
  if (kind === "list") return texts[0] === EMPTY ? [] : texts.map(meant);
  if (kind !== "pairs") return texts.length ? meant(texts.at(-1)) : undefined;
  const start = `${name}.`;
  const named = pairs.filter(([key]) => key.startsWith(start));
  return named.map(([key, text]) => [key.slice(start.length), meant(text)]);
}

export function makeUnit(control, label) {
  const make = { list, pairs }[control.kind] ?? single;
  return make(control, label);
}

function single(control, label) {
  const editor = editorOf(control, label);
  return {
    ...editor,
    pairs(isFinal) {
      const value = editor.read() ?? (isFinal ? "" : undefined);
      return value === undefined ? value : [[control.name, written(value)]];
    },
  };
}

export const button = (text, onclick, more) =>
  make("button", { type: "button", className: "st-button", onclick, ...more }, text);

// What a new item is at first.
function firstOf({ kind, options, min }) {
  return { choice: options?.[0], switch: "false", number: min ?? "0", color: "#000000" }[kind];
}

// Entries in a row, one below the other, each with a button that removes it.
// `optional` adds a button for None in the place of all.
function series({ optional }, label, newEntry) {
  const entries = [];
  const rows = make("div", { className: "st-entries" });
  const element = make("div", { className: "st-series" });
  const changed = () => element.dispatchEvent(new Event("input", { bubbles: true }));

  function append(value) {
    const entry = newEntry(entries.length + 1);
    const remove = button("×", () => {
      const at = entries.indexOf(entry);
      entries.splice(at, 1);
      row.remove();
      (entries[at]?.start ?? entries[at - 1]?.start ?? add).focus();
      changed();
    });
    remove.classList.add("st-remove");
    remove.ariaLabel = `Remove ${entry.title}`;
    const row = make("div", { className: "st-entry" }, ...entry.parts, remove);
    rows.append(row);
    none.ariaPressed = false;
    entry.write(value);
    entries.push(Object.assign(entry, { row }));
    return entry;
  }

  const add = button("Add", () => {
    append().start.focus();
    changed();
  });
  add.ariaLabel = `Add to ${label}`;
  const none = button("none", () => {
    show(none.ariaPressed === "true" ? [] : null);
    changed();
  });
  none.ariaLabel = `${label}: none`;
  none.classList.add("st-none");
  element.append(rows, make("div", { className: "st-series-end" }, add, ...(optional ? [none] : [])));

  function show(values) {
    none.ariaPressed = values === null;
    values ??= [];
    for (const entry of entries.splice(values.length)) entry.row.remove();
    values.forEach((value, at) => entries[at]?.write(value) ?? entries[at] ?? append(value));
  }
  return { element, entries, isNone: () => none.ariaPressed === "true", write: (values = []) => show(values) };
}

function list(control, label) {
  const { name, item } = control;
  const { entries, ...unit } = series(control, label, (number) => {
    const title = `${label} ${number}`;
    const editor = editorOf({ ...item, isItem: true }, title);
    editor.field.ariaLabel = title;
    const write = (value = firstOf(item)) => editor.write(value);
    return { title, parts: [editor.element], start: editor.field, read: editor.read, write };
  });
  return {
    ...unit,
    pairs(isFinal) {
      if (unit.isNone()) return [[name, NONE]];
      const values = entries.map(({ read }) => read() ?? (isFinal ? "" : undefined));
      if (values.includes(undefined)) return;
      return values.length ? values.map((value) => [name, written(value)]) : [[name, EMPTY]];
    },
  };
}

function pairs(control, label) {
  const { name, item } = control;
  const { entries, ...unit } = series(control, label, (number) => {
    const title = `${label} ${number}`;
    const field = make("input", { type: "text", autocomplete: "off", spellcheck: false });
    Object.assign(field, { ariaLabel: `${title} name`, placeholder: "name", className: "st-key" });
    const editor = editorOf({ ...item, isItem: true }, title);
    editor.field.ariaLabel = `${title} value`;
    const write = ([key, value] = ["", firstOf(item)]) => {
      field.value = key;
      editor.write(value);
    };
    const read = () => [`${name}.${field.value}`, written(editor.read() ?? "")];
    return { title, parts: [field, editor.element], start: field, field, read, write };
  });
  return {
    ...unit,
    pairs() {
      if (unit.isNone()) return [[name, NONE]];
      const named = entries.filter(({ field }) => field.value).map(({ read }) => read());
      return named.length ? named : [[name, EMPTY]];
    },
  };
}
