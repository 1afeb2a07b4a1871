// The form of a story's controls. It takes the place of the table of props, and is changed in place
// by each answer of the server: fields keep their focus, and their text while a person edits it.

import { $, $$, make } from "../page.js";
import { newId } from "./controls-editors.js";
import { button, makeUnit, valueOf } from "./controls-units.js";

const nodesOf = (cell) => [...(cell?.cloneNode(true).childNodes ?? [])];

export class ControlsForm {
  #actions;
  #table;
  #rows = new Map(); // by key
  #errors = make("ul", { className: "st-refused" });
  #list = make("div", { className: "st-controls-list" });
  #reset = button("Reset", () => this.#reset.ariaDisabled !== "true" && this.#actions.reset());
  #sent; // the state that the last answer was for

  // `table` has the story's own props. `actions`: change(key, pairs), reset(), offerCode(isSaved).
  constructor(table, canSave, actions) {
    this.#table = table;
    this.#actions = actions;
    const bar = make("div", { className: "st-controls-bar" }, this.#reset);
    bar.append(button("Copy as Story", () => actions.offerCode(false)));
    if (canSave) bar.append(button("Save as story …", () => actions.offerCode(true)));
    const parts = { className: "st-controls st-stays", ariaLabel: "Props" };
    const said = make("div", { ariaLive: "polite" }, this.#errors);
    this.element = make("form", parts, bar, said, this.#list);
    this.element.onsubmit = (event) => event.preventDefault();
  }

  // Show an answer to the state `sent`; return the names of errors that no control can correct.
  update({ controls, errors }, sent, isChanged) {
    const active = document.activeElement;
    const key = active.closest(".st-control")?.dataset.key;
    this.#sent = sent;
    this.#sync(this.#list, controls);
    if (this.element.contains(active) && document.activeElement !== active) active.focus();
    else if (key && !active.isConnected) this.#rows.get(key)?.focus();
    const shown = errors.filter(({ name }) => !this.#rows.has(name));
    this.refuse(...shown.map(({ name, message }) => `${name}: ${message}`));
    this.#reset.ariaDisabled = !isChanged;
    return errors.map(({ name }) => name).filter((name) => !this.#rows.get(name)?.canChange);
  }

  // Show why the server did nothing.
  refuse(...messages) {
    const texts = $$("li", this.#errors).map(({ textContent }) => textContent);
    if (texts.join("\n") === messages.join("\n")) return; // don't say it again
    this.#errors.replaceChildren(...messages.map((message) => make("li", {}, message)));
  }

  // Take all values from the next answer, whatever a person has typed.
  forget() {
    for (const row of this.#rows.values()) row.isEdited = false;
  }

  // Make the rows in `parent` those of `controls`.
  #sync(parent, controls) {
    const names = controls.map(({ name }) => name);
    for (const { dataset } of [...parent.children]) {
      if (!names.includes(dataset.key)) this.#remove(dataset.key);
    }
    let next = parent.firstElementChild;
    for (const control of controls) {
      let row = this.#rows.get(control.name);
      const shape = this.#shapeOf(control);
      if (row?.shape !== shape) {
        if (row?.element === next) next = next.nextElementSibling;
        if (row) this.#remove(control.name);
        row = this.#makeRow(control, shape);
        this.#rows.set(control.name, row);
      }
      if (row.element === next) next = next.nextElementSibling;
      else parent.insertBefore(row.element, next);
      row.update(control);
    }
  }

  #remove(key) {
    for (const name of [...this.#rows.keys()]) if (name.startsWith(`${key}.`)) this.#rows.delete(name);
    this.#rows.get(key).element.remove();
    this.#rows.delete(key);
  }

  // The row of the table with the prop's type and default.
  #tableRow = (name) =>
    $$("tbody tr", this.#table).find((row) => $("th code", row).textContent === name);

  // All that a row is made from and that doesn't change with its value.
  #shapeOf({ value, changed, message, given, fields, text, ...rest }) {
    const cells = this.#tableRow(rest.name)?.cells ?? [];
    const shown = [...cells].slice(text === undefined ? 2 : 1);
    return JSON.stringify([rest, text, shown.map(({ innerHTML }) => innerHTML)]);
  }

  #makeRow(control, shape) {
    const { name, kind, description, required } = control;
    const label = name.slice(name.lastIndexOf(".") + 1);
    const cells = this.#tableRow(name)?.cells;
    const row = { shape, isEdited: false, canChange: kind !== "fixed" };
    const unit = this.#makeUnit(control, label, cells);
    const labelId = newId();
    const title = make(unit.field ? "label" : "span", { id: labelId }, make("code", {}, label));
    if (unit.field) {
      unit.field.id = newId();
      title.htmlFor = unit.field.id;
    } else if (row.canChange) {
      unit.element.role ??= "group";
      unit.element.setAttribute("aria-labelledby", labelId);
    }
    const changed = make("span", { className: "st-changed", title: "changed" });
    changed.append(make("span", { className: "st-hidden" }, " changed"));
    const head = make("div", { className: "st-control-name" }, title);
    const notes = make("div", { id: newId(), className: "st-control-notes" });
    const { type = "" } = cells ? {} : control;
    for (const text of [type, required && "required", description]) {
      if (text) notes.append(make("small", {}, text));
    }
    if (notes.firstChild) head.append(notes);
    const message = make("p", { id: newId(), className: "st-invalid", ariaLive: "polite" });
    const undo = button("↺", () => {
      row.isEdited = false;
      row.focus();
      this.#actions.change(name, []);
    });
    Object.assign(undo, { ariaLabel: `Reset ${label}`, title: `Reset ${label}` });
    undo.classList.add("st-undo");
    const about = make("div", { className: "st-control-about" });
    if (cells) about.append(aboutOf(cells));
    const value = make("div", { className: "st-control-value" }, unit.element, message);
    const element = make("div", { className: "st-control" }, head, value, about);
    element.dataset.key = name;
    element.dataset.kind = kind;

    const emit = (isFinal) => {
      const pairs = unit.pairs(isFinal);
      row.isEdited = true;
      if (pairs) this.#actions.change(name, pairs);
    };
    value.addEventListener("input", (event) => {
      event.stopPropagation(); // a field of a prop is no change of the prop's own
      emit(false);
    });
    value.addEventListener("change", (event) => {
      event.stopPropagation();
      if (unit.pairs && !unit.pairs(false)) emit(true);
    });
    const described = [...(notes.firstChild ? [notes.id] : []), message.id].join(" ");
    return Object.assign(row, {
      element,
      focus: () => (unit.field ?? $("input, select, textarea, button", value) ?? undo).focus(),
      update: (now) => {
        element.classList.toggle("st-is-changed", !!now.changed);
        if (now.changed) {
          title.after(changed);
          about.append(undo);
        } else {
          changed.remove();
          undo.remove();
        }
        if (message.textContent !== (now.message ?? "")) message.textContent = now.message ?? "";
        for (const each of kind === "fields" ? [] : $$("input, select, textarea", value)) {
          each.ariaInvalid = now.message ? "true" : null;
          each.setAttribute("aria-describedby", described);
        }
        const keeps = row.isEdited && kind !== "fields" && value.contains(document.activeElement);
        if (!keeps) unit.write?.(now.message ? valueOf(now, this.#sent) : now.value, now);
      },
    });
  }

  #makeUnit(control, label, cells) {
    if (control.kind === "fixed") {
      const nodes = cells ? nodesOf(cells[1]) : [make("code", {}, control.text)];
      return { element: make("div", { className: "st-fixed-value" }, ...nodes) };
    }
    return control.kind === "fields" ? this.#fields(control, label) : makeUnit(control, label);
  }

  // The fields of an object, each with a row of its own.
  #fields({ name, optional }, label) {
    let isChanged;
    const list = make("div", { className: "st-controls-list" });
    const element = make("div", { className: "st-nested" }, list);
    const none = button("none", () => {
      list.hidden = !list.hidden;
      none.ariaPressed = list.hidden;
      none.dispatchEvent(new Event("input", { bubbles: true }));
    });
    Object.assign(none, { ariaLabel: `${label}: none`, ariaPressed: false });
    none.classList.add("st-none");
    if (optional) element.prepend(none);
    const asNone = [[name, "!none"]];
    const asObject = () => (isChanged ? [] : [[name, "!new"]]);
    return {
      element,
      pairs: () => (list.hidden ? asNone : asObject()),
      write: (value, { fields, changed }) => {
        isChanged = changed;
        list.hidden = value === null;
        none.ariaPressed = list.hidden;
        this.#sync(list, fields);
      },
    };
  }
}

// The type and the default of a prop, as the table has them.
function aboutOf(cells) {
  const type = make("div", {}, ...nodesOf(cells[2]));
  const parts = nodesOf(cells[3]);
  if (parts.length) parts.unshift(make("small", {}, "default "));
  return make("div", {}, type, make("div", {}, ...parts));
}
