// The search dialog.

import { $, make, on } from "./page.js";
import { entries } from "./tree.js";

let chosen;

export function openSearch() {
  $("#st-search").showModal();
  $(".st-query").select();
  showFound();
}

function search(query) {
  const terms = query.toLowerCase().match(/\S+/g) ?? [];
  const scored = [];
  for (const entry of terms.length ? entries : []) {
    const points = terms.reduce((points, term) => points * score(term, entry), 1);
    if (points) scored.push([points, entry]);
  }
  return scored.sort(([one], [other]) => other - one).slice(0, 40).map(([, each]) => each);
}

function score(term, { own, all }) {
  const at = own.indexOf(term);
  if (at >= 0) return (at === 0 ? 100 : /\w/.test(own[at - 1]) ? 60 : 80) - own.length / 10;
  if (all.includes(term)) return 40;
  return fuzzy(term, own) || fuzzy(term, all) || fuzzy(term, own, term.length / 5);
}

// The letters have to come in order and close together; `wrong` may be missing.
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
  const options = search(field.value).map(({ title, above, link }, number) => {
    const texts = [make("span", {}, title), make("small", {}, above)];
    const onclick = () => {
      $("#st-search").close();
      link.click();
    };
    return make("li", { id: `st-found-${number}`, role: "option", onclick }, ...texts);
  });
  if (!options.length && field.value) options.push(make("li", { role: "option" }, "Nothing found."));
  $("#st-found").replaceChildren(...options);
  field.ariaExpanded = options.length > 0;
  choose($("#st-found-0"));
}

function choose(option) {
  if (chosen) chosen.ariaSelected = null;
  chosen = option;
  if (chosen) chosen.ariaSelected = true;
  chosen?.scrollIntoView({ block: "nearest" });
  $(".st-query").setAttribute("aria-activedescendant", chosen?.id ?? "");
}

on("input", ".st-query", showFound);
on("keydown", ".st-query", (_, event) => {
  const beside = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (beside) choose(chosen?.[beside] ?? chosen);
  else if (event.key === "Enter") chosen?.click();
  else return;
  event.preventDefault();
});
