// Elements, and words for what they hold.

const SVG = "http://www.w3.org/2000/svg";
const WORDS = { AVAILABLE: "empty", IN_TRANSIT: "in transit", SWAP_MODULE: "swap the module" };

/** An element by tag and classes, such as `h("p.soft", { hidden: true }, "text")`; what is null is left out. */
export function h(spec, properties = {}, ...children) {
  return fill(document.createElement(spec.split(".")[0]), spec, properties, children);
}

/** The same of SVG. */
export function svg(spec, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, spec.split(".")[0]), spec, properties, children);
}

function fill(element, spec, properties, children) {
  const classes = spec.split(".").slice(1).join(" ");
  if (classes) {
    element.setAttribute("class", classes);
  }
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name === "style") {
      Object.entries(value).forEach(([key, text]) => element.style.setProperty(key, text));
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** What a pointer holds down; what would take it away waits until it is let go, or the click would be lost. */
let held = null;
const waiting = new Map();

addEventListener("pointerdown", (event) => (held = event.target), true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, letGo, true);
}

function letGo() {
  held = null;
  setTimeout(() => { // after the click, which may show something else
    for (const [root, { content, first }] of waiting) {
      if (root.firstChild === first) {
        replace(root, ...content);
      }
    }
    waiting.clear();
  });
}

/** Put new content into an element. What has the same `data-key` keeps the focus, what was typed, and how far it is scrolled. */
export function replace(root, ...content) {
  if (held !== null && root.contains(held)) {
    waiting.set(root, { content, first: root.firstChild });
    return;
  }
  waiting.delete(root);
  const before = new Map(keyed(root).map((one) => [one.dataset.key, { isFocused: one === document.activeElement, typed: typedInto(one), left: one.scrollLeft }]));
  root.replaceChildren(...content.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  for (const element of keyed(root)) {
    const { isFocused = false, typed = null, left = 0 } = before.get(element.dataset.key) ?? {};
    if (typed !== null) {
      element.value = typed;
    }
    if (left > 0) {
      element.scrollLeft = left;
    }
    if (isFocused) {
      element.focus({ preventScroll: true });
    }
  }
}

function keyed(root) {
  return [...root.querySelectorAll("[data-key]")];
}

/** What a user has put into a field; null where it is as it was made, or no field. */
function typedInto(element) {
  if (!element.matches("input, textarea, select")) {
    return null;
  }
  const isChanged = element.matches("select") ? [...element.options].some((option) => option.selected !== option.defaultSelected) : element.value !== element.defaultValue;
  return isChanged || element === document.activeElement ? element.value : null;
}

/** What went wrong, and a button that tries again. */
export function failure(message, onRetry) {
  return h("span.failure", { role: "alert" }, `${message} `, h("button", { type: "button", data: { key: "try-again" }, onclick: onRetry }, "Try again"));
}

/** A name or a text that users wrote, in whichever direction it is written: what stands beside it stays where it is. */
export function written(text) {
  return h("bdi", {}, text);
}

export const find = (id) => document.getElementById(id);

/** A button that looks like a link, for what opens a station. */
export function stationLink(station, context, key) {
  if (!station) {
    return "–";
  }
  const open = () => context.openStation(station.id);
  return h("button.link", { type: "button", data: { key: `${key}-${station.id}` }, onclick: open }, written(station.name));
}

/** A figure of a row of figures: what it is, how much, and what belongs to it. */
export function figure(label, value, note = null, tone = null) {
  return h("div.figure", tone ? { data: { tone } } : {}, h("dt", {}, label), h("dd", {}, h("strong", {}, value), note && h("small", {}, note)));
}

export function figures(...content) {
  return h("dl.figures", {}, ...content);
}

export function heading(text, note = null) {
  return h("h3", {}, text, note && h("small", {}, note));
}

export function empty(text) {
  return h("p.empty", {}, text);
}

export function table(columns, rows, caption) {
  const cell = (content, column, index) =>
    index === 0
      ? h("th", { scope: "row" }, content)
      : h("td", column.isNumber ? { class: "number" } : {}, content);
  return h(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": caption, data: { key: `table-${caption}` } },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.isNumber ? "number" : null }, column.title)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((content, index) => cell(content, columns[index], index))))),
    ),
  );
}

/** An enum value as a person reads it. */
export function words(value) {
  return value === null || value === undefined ? "–" : (WORDS[value] ?? value.replaceAll("_", " ").toLowerCase());
}

export function sentence(value) {
  const text = words(value);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function number(value, digits = 0) {
  return value === null || value === undefined ? "–" : value.toLocaleString("en", { maximumFractionDigits: digits, signDisplay: "negative" });
}

export function minutes(value) {
  return value === null || value === undefined ? "–" : `${number(value, value < 10 ? 1 : 0)} min`;
}

export function percent(share, digits = 0) {
  return share === null || share === undefined ? "–" : `${number(100 * share, digits)} %`;
}

export function clockTime(moment) {
  return moment ? new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }) : "–";
}

/** A moment as a clock shows it, with its day where that is not today. */
export function dayTime(moment) {
  const at = new Date(moment);
  return at.toDateString() === new Date().toDateString() ? clockTime(moment) : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${clockTime(moment)}`;
}

/** How far a time is from now, such as `12 min ago` or `in 2 h`. */
export function distance(moment, now = Date.now()) {
  if (!moment) {
    return "–";
  }
  const seconds = (Date.parse(moment) - now) / 1000;
  const size = Math.abs(seconds);
  const text = size < 60 ? `${Math.round(size)} s` : size < 5400 ? `${Math.round(size / 60)} min` : size < 129_600 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86_400)} d`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}
