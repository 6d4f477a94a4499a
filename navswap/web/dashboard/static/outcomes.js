// What was forecast in the last hours beside what came: a chart with its legend in words.

import { forecastAgainstOutcome } from "./charts.js";
import { clockTime, empty, h, number, words } from "./dom.js";

const LEAST = 2;

/** `past` is a PredictionHistory, or null where it is not known. */
export function outcomes(past) {
  const hours = past?.hours ?? [];
  if (hours.length < LEAST) {
    return [empty("Forecasts are kept at each full hour; their chart begins after two of them.")];
  }
  const rows = hours.map((hour) => ({ ...hour, at: Date.parse(hour.targetAt), label: clockTime(hour.targetAt).slice(0, 2), title: titleOf(hour, past.unit) }));
  const known = rows.filter((row) => row.came !== null);
  const off = (field) => known.reduce((sum, row) => sum + Math.abs(row[field] - row.came), 0) / known.length;
  const held = known.filter((row) => row.low !== null);
  const inside = held.filter((row) => row.low <= row.came && row.came <= row.high).length;
  const says = known.length
    ? `Off by ${number(off("predicted"), 2)} on average, the baseline by ${number(off("baseline"), 2)} (${past.unit}).${held.length ? ` What came lay within the band in ${inside} of ${held.length} hours.` : ""}`
    : "Nothing has come yet of what was forecast.";
  return [
    forecastAgainstOutcome(rows, { label: `${past.title}, forecast and outcome of ${rows.length} hours. ${says}`, unit: past.unit }),
    h("p.soft.legend", {}, h("i", { data: { line: "predicted" } }), "forecast", past.hours[0].low === null ? null : " with its band", h("i", { data: { line: "came" } }), "came", h("i", { data: { line: "baseline" } }), "baseline"),
    h("p.soft", { id: "outcomes-say" }, says),
  ];
}

function titleOf(hour, unit) {
  const band = hour.low === null ? "" : `, ${number(hour.low, 2)} to ${number(hour.high, 2)}`;
  const came = hour.came === null ? "not known yet" : `${number(hour.came, 2)}`;
  return `${clockTime(hour.targetAt)}: forecast ${number(hour.predicted, 2)}${band} by ${words(hour.source)}; came ${came} ${unit}`;
}
