// The panels below a story, one of which a tab shows, and their Copy buttons.

import { $, $$, tabStore } from "./page.js";

export function setUpPanels() {
  const names = $$(".st-tab").map(({ dataset }) => dataset.panel);
  const wanted = names.find((name) => `#st-${name}` === location.hash);
  if (names.length) selectPanel(wanted ?? tabStore("panel") ?? names[0]);
}

function selectPanel(name) {
  tabStore("panel", name);
  for (const tab of $$(".st-tab")) {
    const selected = tab.dataset.panel === name;
    tab.ariaSelected = selected;
    tab.tabIndex = selected ? 0 : -1;
    $(`#st-${tab.dataset.panel}`).hidden = !selected;
  }
}

export function moveTab(tab, by) {
  const tabs = $$(".st-tab");
  const next = tabs.at((tabs.indexOf(tab) + by) % tabs.length);
  next.focus();
  next.click();
}

export function copy(button) {
  getSelection().selectAllChildren($("code", button.closest(".st-code")));
  // Unlike navigator.clipboard this works without https, too.
  button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

addEventListener("hashchange", setUpPanels);
addEventListener("click", ({ target }) => {
  const { panel } = target.closest("button")?.dataset ?? {};
  if (!panel) return;
  selectPanel(panel);
  history.replaceState(history.state, "", `#st-${panel}`);
});
