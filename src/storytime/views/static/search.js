// The search dialog: scores the tree's entries against what is typed.

import { visit } from "./navigation.js";
import { $, make } from "./page.js";
import { entries } from "./tree.js";

const MOST_FOUND = 40;
let found = [];
let chosen = 0;

export function openSearch() {
  $("#st-search").showModal();
  $(".st-query").select();
  showFound();
}

function search(query) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!terms.length) return [];
  const scored = entries.map((each) => [total(terms, each), each]).filter(([points]) => points);
  return scored.sort(([one], [other]) => other - one).slice(0, MOST_FOUND).map(([, each]) => each);
}

// The sum of the terms' scores; 0 if one of them does not fit.
function total(terms, entry) {
  let sum = 0;
  for (const term of terms) {
    const points = score(term, entry);
    if (!points) return 0;
    sum += points;
  }
  return sum;
}

function score(term, { own, all }) {
  const at = own.indexOf(term);
  if (at >= 0) return (at === 0 ? 100 : /\w/.test(own[at - 1]) ? 60 : 80) - own.length / 10;
  if (all.includes(term)) return 40;
  return fuzzy(term, own) || fuzzy(term, all) || fuzzy(term, own, term.length / 5);
}

// The letters have to come in the term's order and close together; `wrong` of them may be missing.
function fuzzy(term, text, wrong = 0) {
  let gaps = 0;
  let last;
  for (const letter of term) {
    const at = text.indexOf(letter, last + 1 || 0);
    if ((at < 0 || at > last + 3) && --wrong >= 0) continue;
    if (at < 0) return 0;
    gaps += at - (last ?? at - 1) - 1;
    last = at;
  }
  return gaps > 3 * term.length ? 0 : Math.max(1, 20 - gaps);
}

function showFound() {
  const field = $(".st-query");
  found = search(field.value);
  const options = found.map(({ title, above }, number) => {
    const texts = [make("span", {}, title), make("small", {}, above)];
    const onclick = () => openFound(number);
    return make("li", { id: `st-found-${number}`, role: "option", onclick }, ...texts);
  });
  if (!found.length && field.value) options.push(make("li", { role: "option" }, "Nothing found."));
  $("#st-found").replaceChildren(...options);
  field.ariaExpanded = options.length > 0;
  choose(0);
}

function choose(number) {
  chosen = Math.max(0, Math.min(number, found.length - 1));
  $("#st-found [aria-selected]")?.removeAttribute("aria-selected");
  const option = $(`#st-found-${chosen}`);
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  $(".st-query").setAttribute("aria-activedescendant", option?.id ?? "");
}

function openFound(number) {
  if (!found[number]) return;
  $("#st-search").close();
  visit(found[number].link.href);
}

export function setUpSearch() {
  const field = $(".st-query");
  field.oninput = showFound;
  field.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) choose(chosen + by);
    else if (event.key === "Enter") openFound(chosen);
    else return;
    event.preventDefault();
  };
}
