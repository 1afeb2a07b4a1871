// The entry: what a page does beyond its HTML. start.js imports it and preloads the other modules.

import { greetFrames } from "./frames.js";
import { setUpContent } from "./navigation.js";
import { $, make, page, remember } from "./page.js";
import { connect } from "./reload.js";
import { setUpSearch } from "./search.js";
import { setUpShortcuts } from "./shortcuts.js";
import { loadTree, markCurrent } from "./tree.js";

document.body.append(make("div", { className: "st-notices", role: "status" }));
remember(document.body);
if (page() !== "*") {
  setUpSearch();
  setUpShortcuts();
  $("#st-tree").addEventListener("toggle", markCurrent);
  setUpContent();
  loadTree().then((isServed) => isServed && connect());
} else connect();
greetFrames();
