// Live props: the controls of a story's props, and the state that they make: what differs from the
// story's own props, as [key, text] pairs. The page's address holds the state; the server renders it.

import { concerns, linkPlaces } from "../failures.js";
import { refreshPage } from "../navigation.js";
import { $, current, live, make, morph, served, urlOf } from "../page.js";
import { refreshFrame, reloadFrame } from "../story.js";
import { ControlsForm } from "./controls-form.js";
import { offerCode } from "./controls-story.js";
import { showEvents } from "./events-panel.js";

const LONG = 1000; // ms: a request that takes longer is aborted when there is a newer state
const SETTLED = 80; // ms without a change until one that follows fast on an answer is asked for
const LATEST = 300; // ms after an answer, when it is asked for at the latest
const PAUSE = 1000; // ms: changes that follow sooner on the last one are one entry of the history
const LATER = 200; // ms until controls are asked for that no state needs
const LONGEST_ADDRESS = 8000; // characters of a state; servers and proxies refuse much more

const style = make("link", { rel: "stylesheet", href: urlOf("ws/controls.css") });
const styled = new Promise((resolve) => (style.onload = style.onerror = resolve));
document.head.append(style);

// Post JSON to `ws/<name>`; resolves to the response.
async function post(name, data, signal) {
  for (let again = true; ; again = false) {
    served.key ??= await (await fetch(urlOf("ws/key"))).json();
    const headers = { "Content-Type": "application/json", "Storytime-Key": served.key };
    const body = JSON.stringify(data);
    const response = await fetch(urlOf(`ws/${name}`), { method: "POST", headers, body, signal });
    if (response.status !== 403 || !again) return response;
    served.key = undefined; // the server was started anew
  }
}

const query = (state) => state.length ? `?${new URLSearchParams(state)}` : "";
const stateOf = (address) => [...new URLSearchParams(address)];

let content; // the main element that the following is about
let path; // of the page in the address
let state; // what is asked for
let shown; // the last answer with a document, if the frame shows it
let form; // a ControlsForm, once there was an answer
let orphans = []; // names in the state that no control has
let asked; // what the last request was for, as JSON
let later; // the timer of a request that no state needs
let flight; // the request that is under way
let isNewer; // the state changed since
let newest; // when it last did
let answered = -LATEST; // when the last answer came
let changedAt = 0; // when a person last changed it
let adds; // the next address is another entry of the history

// --- asking ---

async function ask() {
  clearTimeout(later);
  isNewer = true;
  newest = performance.now();
  if (flight) {
    const { controller, started } = flight;
    if (started) flight.timer ??= setTimeout(() => controller.abort(), started + LONG - newest);
    return;
  }
  while (isNewer) {
    const controller = new AbortController();
    flight = { controller };
    await pause();
    if (!isNewer) return (flight = null); // another page is shown now
    isNewer = false;
    const about = content;
    const sent = state;
    asked = JSON.stringify([sent, served.build]);
    flight.started = performance.now();
    const answer = await answerTo(sent, controller.signal);
    clearTimeout(flight.timer);
    flight = null;
    answered = performance.now();
    if (answer && about === content) await show(answer, sent);
  }
  requestAnimationFrame(() => requestAnimationFrame(() => $(".st-pending")?.classList.remove("st-pending")));
}

// Each request takes an interpreter that was warmed beforehand, and the next needs a moment to warm.
// Ask for fewer of the states that follow fast, so that one is ready for the last.
async function pause() {
  for (;;) {
    const left = Math.min(newest + SETTLED, answered + LATEST) - performance.now();
    if (left <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

// Resolves to nothing if the server can't be reached, which the page says, or was interrupted.
async function answerTo(sent, signal) {
  try {
    const response = await post("props", { story: current(), state: sent }, signal);
    const answer = await response.json();
    return response.ok ? answer : { refusal: answer.message };
  } catch (error) {
    if (!(error instanceof TypeError || error.name === "AbortError")) throw error;
  }
}

async function show(answer, sent) {
  if (answer.refusal) return form?.refuse(answer.refusal);
  showPicture(answer);
  showEvents(answer, { story: current(), post, showSource });
  if (isNewer) return;
  const isWhole = answer.controls.length > 0; // else its subject could not be imported
  state = answer.errors.length || !isWhole ? sent : answer.state;
  writeAddress();
  await styled;
  if (!isWhole || content !== $("#st-content")) return;
  form ??= addForm();
  orphans = form?.update(answer, sent, state.length > 0) ?? [];
}

function addForm() {
  const table = $("#st-props .st-scroll");
  if (!table) return;
  const added = new ControlsForm(table, served.save, { change, reset, offerCode: askForCode });
  table.before(added.element);
  table.hidden = true;
  return added;
}

// --- showing ---

const frame = () => $(".st-canvas .st-frame:not(.st-next)");

function showPicture(answer) {
  const { document: html, overlay, errors, build } = answer;
  $(".st-overlay.st-stays")?.remove();
  if (overlay && !served.failures.some(concerns)) {
    const cover = make("div", { className: "st-overlay st-stays", role: "alert" });
    cover.innerHTML = overlay;
    $(".st-stage").append(cover);
    linkPlaces();
  }
  if (html) {
    shown = answer;
    delete frame().dataset.build; // it may ask to be loaded, once
    refreshFrame(frame(), html);
    showPanels(document);
  } else if (shown && !overlay && (!errors.length || build !== shown.build)) {
    // The story's own document again; one with errors that an older build rendered is no more right.
    shown = null;
    delete frame().dataset.build;
    refreshFrame(frame());
    refreshPage();
  }
}

// Put the panels of the state into the page, or one that comes.
function showPanels(page) {
  for (const [name, html] of Object.entries(shown.panels ?? {})) {
    const panel = $(`#st-${name}`, page);
    const fresh = panel.cloneNode();
    fresh.innerHTML = html;
    fresh.prepend(panel.firstElementChild.cloneNode(true));
    morph(panel, fresh);
  }
  // As views/fragments.py:findings_mark has it.
  const count = $("#st-checks", page).querySelectorAll(".st-checks > li").length;
  const tab = $("[data-panel=checks]", page);
  const mark = make("span", { className: "st-findings" }, `${count}`);
  const word = make("span", { className: "st-hidden" }, ` accessibility finding${count > 1 ? "s" : ""}`);
  mark.append(word);
  tab.replaceChildren(tab.firstChild, ...(count ? [mark] : []));
}

// --- the address ---

function writeAddress() {
  if (location.pathname !== path) return; // the page in it is about to be shown
  const search = query(state);
  if (search === location.search || search.length > LONGEST_ADDRESS) return;
  const address = location.pathname + search + location.hash;
  if (adds) {
    history.replaceState({ scroll: scrollY }, "");
    history.pushState({ scroll: scrollY }, "", address);
    adds = false;
  } else history.replaceState(history.state, "", address);
}

addEventListener("popstate", () => {
  const found = stateOf(location.search);
  if (!content || location.pathname !== path || query(found) === query(state)) return;
  state = found;
  changedAt = 0;
  adds = false;
  form?.forget();
  ask();
});

// --- changes by a person ---

const isBelow = (name, key) => name === key || name.startsWith(`${key}.`);

// Replace what the state says of `key` and all below it.
function change(key, pairs) {
  const gone = [key, ...orphans];
  state = [...state.filter(([name]) => !gone.some((each) => isBelow(name, each))), ...pairs];
  if (performance.now() - changedAt > PAUSE || !changedAt) adds = true;
  changedAt = performance.now();
  ask();
}

function reset() {
  state = [];
  changedAt = 0;
  adds = true;
  form.forget();
  ask();
}

const askForCode = (save) => offerCode(post, { story: current(), state }, save);

// --- what the page's own scripts call ---

// The page has new content.
live.setUp = () => {
  if (content !== $("#st-content")) {
    const isFirst = !content; // its story is seen already
    content = $("#st-content");
    path = location.pathname;
    state = stateOf(location.search);
    shown = form = asked = null;
    isNewer = false; // what waits was for the page before
    changedAt = 0;
    adds = false;
    clearTimeout(later);
    if (state.length && !isFirst) $(".st-sizer")?.classList.add("st-pending");
  }
  if (!$("#st-props") || asked === JSON.stringify([state, served.build])) return;
  clearTimeout(later);
  if (state.length) ask();
  else later = setTimeout(ask, LATER);
};

// The server told of a build. What an older one answered, or is about to, may be wrong now.
live.told = (before) => {
  const mayBeOld = state?.length || flight || $(".st-overlay.st-stays");
  if (served.build !== before && mayBeOld && $("#st-props")) ask();
};

// The page's main element becomes like `main`: keep what shows the state.
live.keep = (main) => {
  const old = frame();
  const fresh = $(".st-canvas .st-frame", main);
  if (!old || !fresh) return;
  fresh.src = old.getAttribute("src"); // else the frame would load anew
  Object.assign(fresh.dataset, old.dataset);
  if (shown) showPanels(main);
};

// Load the document of the story's frame from its address with `source` added.
function showSource(frame, source) {
  reloadFrame(frame, {}, urlOf(frame.dataset.page) + source);
}

live.source = (frame) => (frame.closest(".st-canvas") ? shown?.source : "");

live.setUp();
