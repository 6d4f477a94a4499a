// Charts as SVG: each says in words what it shows, and takes its colours from the style sheet.

import { h, number, svg } from "./dom.js";

const WIDTH = 360;
const HEIGHT = 96;
const LEFT = 30;
const BOTTOM = 16;

/** Bars over time. `rows` are `{ label, value, title }`. */
export function bars(rows, { label, unit = "" }) {
  const top = niceTop(Math.max(...rows.map((row) => row.value ?? 0), 0));
  const step = (WIDTH - LEFT) / rows.length;
  const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top);
  const shapes = rows.map((row, index) => {
    const value = row.value ?? 0;
    return svg(
      "g",
      {},
      svg("rect.bar", { x: LEFT + index * step + 0.5, y: y(value), width: Math.max(1, step - 1.5), height: HEIGHT - BOTTOM - y(value), rx: Math.min(1.5, step / 4) }),
      svg("rect.hit", { x: LEFT + index * step, y: 0, width: step, height: HEIGHT - BOTTOM }, svg("title", {}, `${row.title ?? row.label}: ${number(value, 1)} ${unit}`)),
    );
  });
  const every = Math.ceil(rows.length / 6);
  const ticks = rows.map((row, index) => (index % every === 0 ? svg("text", { x: LEFT + (index + 0.5) * step, y: HEIGHT - 3, "text-anchor": "middle" }, row.label) : null));
  return chart(label, axis(top, unit, y), shapes, ticks);
}

/** A forecast: its middle as a line, its band as an area. `points` are `{ label, low, middle, high }`. */
export function band(points, { label, unit = "" }) {
  const known = points.filter((point) => point.middle !== null);
  const top = niceTop(Math.max(...known.map((point) => point.high), 1));
  const y = (value) => (HEIGHT - BOTTOM) * (1 - value / top);
  const x = (index) => LEFT + 10 + (index * (WIDTH - LEFT - 30)) / Math.max(1, known.length - 1);
  const upper = known.map((point, index) => `${x(index)},${y(point.high)}`);
  const lower = known.map((point, index) => `${x(index)},${y(point.low)}`).reverse();
  const marks = known.map((point, index) =>
    svg(
      "g",
      {},
      svg("circle.dot", { cx: x(index), cy: y(point.middle), r: 3 }),
      svg("text", { x: x(index), y: HEIGHT - 3, "text-anchor": "middle" }, point.label),
      svg("rect.hit", { x: x(index) - 20, y: 0, width: 40, height: HEIGHT }, svg("title", {}, `${point.label}: ${number(point.middle, 1)} ${unit}, 80 % within ${number(point.low, 1)} to ${number(point.high, 1)}`)),
    ),
  );
  return chart(
    label,
    axis(top, unit, y),
    svg("polygon.band", { points: [...upper, ...lower].join(" ") }),
    svg("path.line", { d: polyline(known.map((point, index) => [x(index), y(point.middle)])) }),
    marks,
  );
}

/** What was forecast against what came: a band and its middle, the baseline, and a dot for each outcome. */
export function forecastAgainstOutcome(rows, { label, unit = "" }) {
  const values = rows.flatMap((row) => [row.high ?? row.predicted, row.came, row.baseline]);
  const top = niceTop(Math.max(...values.filter((value) => value !== null), 0));
  const y = (value) => (HEIGHT - BOTTOM) * (1 - Math.max(0, value) / top);
  const [first, last] = [rows[0].at, rows.at(-1).at];
  const x = (row) => LEFT + 6 + (last > first ? ((row.at - first) * (WIDTH - LEFT - 12)) / (last - first) : (WIDTH - LEFT) / 2);
  const banded = rows.filter((row) => row.low !== null);
  const edge = (field) => banded.map((row) => `${x(row).toFixed(1)},${y(row[field]).toFixed(1)}`);
  const step = (WIDTH - LEFT) / rows.length;
  const marks = rows.map((row) =>
    svg(
      "g",
      {},
      row.came === null ? null : svg("circle.came", { cx: x(row), cy: y(row.came), r: 2.5 }),
      svg("rect.hit", { x: x(row) - step / 2, y: 0, width: step, height: HEIGHT - BOTTOM }, svg("title", {}, row.title)),
    ),
  );
  const every = Math.ceil(rows.length / 6);
  const ticks = rows.map((row, index) => (index % every === 0 ? svg("text", { x: x(row), y: HEIGHT - 3, "text-anchor": "middle" }, row.label) : null));
  return chart(
    label,
    axis(top, unit, y),
    banded.length > 1 ? svg("polygon.band", { points: [...edge("high"), ...edge("low").reverse()].join(" ") }) : null,
    svg("path.baseline", { d: polyline(rows.map((row) => [x(row), y(row.baseline)])) }),
    svg("path.line", { d: polyline(rows.map((row) => [x(row), y(row.predicted)])) }),
    marks,
    ticks,
  );
}

/** A part of a whole, as a bar with its share in words beside it. */
export function gauge(value, whole, { label, tone = null }) {
  const share = whole > 0 ? Math.min(1, Math.max(0, value / whole)) : 0;
  return h("span.gauge", { role: "img", "aria-label": label, data: tone ? { tone } : {} }, h("span", { style: { width: `${100 * share}%` } }));
}

/** Parts of one whole beside each other, with a legend. `parts` are `{ label, value, name }`; the name gives the colour. */
export function stack(parts, label) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0) || 1;
  return h(
    "figure.stack",
    {},
    h("div", { role: "img", "aria-label": `${label}: ${parts.map((part) => `${part.label} ${part.value}`).join(", ")}` }, parts.map((part) => h("span", { data: { part: part.name }, style: { width: `${(100 * part.value) / whole}%` } }))),
    h("figcaption", {}, parts.map((part) => h("span", {}, h("i", { data: { part: part.name } }), `${part.label} `, h("b", {}, number(part.value))))),
  );
}

/** What moved a forecast up and what down, the strongest first. */
export function contributions(reasons) {
  const most = Math.max(...reasons.map((reason) => Math.abs(reason.effect)), 1e-9);
  return h(
    "ul.contributions",
    {},
    reasons.map((reason) => {
      const side = reason.effect >= 0 ? "up" : "down";
      return h(
        "li",
        {},
        h("span", {}, `${reason.label}${reason.value === null ? "" : `: ${number(reason.value, 1)}${reason.unit ? ` ${reason.unit}` : ""}`}`),
        h("span.effect", { data: { side }, role: "img", "aria-label": `moves it ${side}` }, h("span", { style: { width: `${(50 * Math.abs(reason.effect)) / most}%` } })),
      );
    }),
  );
}

function chart(label, ...content) {
  return svg("svg.chart", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...content);
}

function axis(top, unit, y) {
  return [0, top / 2, top].map((value) =>
    svg(
      "g",
      {},
      svg("line.grid", { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
      svg("text", { x: LEFT - 4, y: Math.max(8, y(value) + 3), "text-anchor": "end" }, `${number(value, value < 10 ? 1 : 0)}${value === top && unit.length <= 3 ? ` ${unit}` : ""}`),
    ),
  );
}

function polyline(points) {
  let isDown = false;
  return points
    .map(([x, y]) => {
      if (y === null) {
        isDown = false;
        return "";
      }
      const command = `${isDown ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`;
      isDown = true;
      return command;
    })
    .join("");
}

function niceTop(value) {
  if (value <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value);
}
