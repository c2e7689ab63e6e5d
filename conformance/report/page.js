// What makes a page better with script; without it everything is there, and shown. Nothing is fetched, nothing is kept.
"use strict";

const form = document.getElementById("filter");
const items = [...document.querySelectorAll("[data-item]")].map((element, place) => ({ element, place }));
const folds = [...document.querySelectorAll("main details")];

function fits(element, wanted) {
  return Object.entries(wanted).every(([name, value]) => (element.dataset[name] ?? "").split(" ").includes(value));
}

// What is shown, how many of each kind, and the headings of what is empty now left out.
function filter() {
  const { words, order = sorted, ...chosen } = Object.fromEntries(new FormData(form));
  const wanted = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value));
  const text = words.trim().toLowerCase();
  const counts = {};
  for (const item of items) {
    if (text) item.text ??= item.element.textContent.toLowerCase();
    item.element.hidden = !(fits(item.element, wanted) && (!text || item.text.includes(text)));
    const count = (counts[item.element.dataset.item] ??= [0, 0]);
    count[0] += !item.element.hidden;
    count[1] += 1;
  }
  for (const holder of document.querySelectorAll("[data-holds]")) {
    holder.hidden = holder.querySelector("[data-item]:not([hidden])") === null;
  }
  delete counts[""]; // what is found with others, and counted there
  const told = Object.entries(counts).map(([kind, [shown, all]]) => `${shown} of ${all} ${kind}`);
  document.getElementById("count").textContent = told.join(", ");
  return order;
}

// Items stay in their own table or list: what changes is their order there.
let sorted = "listed";
function sort(order) {
  if (order === sorted) return;
  sorted = order;
  const name = ({ element }) => element.id || element.textContent;
  const by = {
    worst: (a, b) => a.element.dataset.rank - b.element.dataset.rank || a.place - b.place,
    name: (a, b) => name(a).localeCompare(name(b)),
  }[order] ?? ((a, b) => a.place - b.place);
  for (const { element } of items.toSorted(by)) {
    if (element.dataset.rank) element.parentElement.append(element);
  }
}

// Whatever a link leads to is to be seen: nothing that it lies in is folded, and no filter hides it.
function reveal() {
  const id = location.hash.slice(1);
  const target = document.getElementById(id) ?? document.getElementById(decoded(id));
  if (!target) return;
  if (form && target.closest("[hidden]")) {
    form.reset();
    filter();
  }
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView();
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(button.nextElementSibling);
    button.textContent = "Selected: copy it";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

for (const command of document.querySelectorAll("pre.curl")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", () => copy(button, command.textContent));
  command.before(button);
}

if (form) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => sort(filter()), 80);
  });
  form.addEventListener("reset", () => setTimeout(() => sort(filter())));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("folds").addEventListener("click", ({ target }) => {
    const open = target.textContent === "Expand all";
    for (const fold of folds) fold.open = open;
    target.textContent = open ? "Fold all" : "Expand all";
  });
  form.hidden = false;
  filter();
}

addEventListener("hashchange", reveal);
reveal();
