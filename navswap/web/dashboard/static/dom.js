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

/** Put new content into an element; the focus stays on what has the same `data-key`. */
export function replace(root, ...content) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const typed = focused?.matches("input, textarea, select") ? focused.value : null;
  root.replaceChildren(...content.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  if (key) {
    const again = [...root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (again && typed !== null) {
      again.value = typed;
    }
    again?.focus({ preventScroll: true });
  }
}

export const find = (id) => document.getElementById(id);

/** A button that looks like a link, for what opens a station. */
export function stationLink(station, context, key) {
  if (!station) {
    return "–";
  }
  const open = () => context.openStation(station.id);
  return h("button.link", { type: "button", data: { key: `${key}-${station.id}` }, onclick: open }, station.name);
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
    { tabindex: 0, role: "region", "aria-label": caption },
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
