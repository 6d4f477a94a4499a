// A station's page: its slots and packs, its queue, what is forecast of it and why, its faults, its power.

import { nodesOf } from "./api.js";
import { band, bars, contributions, gauge } from "./charts.js";
import { outcomes } from "./outcomes.js";
import { clockTime, dayTime, distance, empty, figure, figures, h, heading, minutes, number, percent, sentence, table, words, written } from "./dom.js";
import { OVERSEERS } from "./roles.js";

const HOURS = 24;
const HORIZONS = [15, 30, 60, 120];
const PAST_EVERY_MS = 60_000;
const kept = { id: null, askedAt: 0, past: null };

export const stationPage = {
  operations: ["Station", "StationOperations", "PredictionHistory", "StationQueue", "StationFaults"],

  async load(id, { session }) {
    const isOverseer = OVERSEERS.includes(session.user?.role);
    const until = new Date();
    const since = new Date(until.getTime() - HOURS * 3_600_000);
    const [{ station }, operations, past] = await Promise.all([
      session.ask("Station", { id }),
      isOverseer ? session.ask("StationOperations", { id, since: since.toISOString(), until: until.toISOString() }) : null,
      isOverseer ? pastOf(id, session) : null,
    ]);
    return { station, operations: operations?.station ?? null, past };
  },

  view({ station, operations, past }, context) {
    return [
      h("p.soft", {}, address(station), hours(station)),
      counts(station),
      heading("Slots", `${station.slots.length}`),
      h("ol.slots", { id: "slots" }, station.slots.map(slot)),
      ...(operations ? operationsView(operations, past, context) : [h("p.soft", {}, "Sign in as staff, analyst or administrator to see its queue, forecasts, faults and power.")]),
    ];
  },
};

function address({ address: street, district }) {
  const known = (street.includes(district) ? [street] : [street, district]).filter(Boolean);
  return known.length ? [written(known.join(", ")), ". "] : null;
}

function hours({ isOpen, opensAt, closesAt, openingHours }) {
  if (!openingHours) {
    return "Open at all hours.";
  }
  return isOpen ? (closesAt ? `Open until ${dayTime(closesAt)}.` : "Open now.") : opensAt ? `Opens at ${dayTime(opensAt)}.` : "Closed.";
}

function counts({ status }) {
  const { outlook } = status;
  const isLate = outlook?.waitP90Minutes > outlook?.promisedWaitMinutes;
  return figures(
    figure("State", sentence(status.state), null, status.state === "OPEN" ? "good" : "bad"),
    figure("Free packs", number(status.freePacks), `${status.heldPacks} held, ${status.chargingPacks} charging`, status.freePacks === 0 ? "bad" : status.freePacks < 2 ? "warn" : "good"),
    figure("Queue", number(status.queueLength), "riders"),
    figure("Wait, 90 %", minutes(outlook?.waitP90Minutes), outlook ? `of ${minutes(outlook.promisedWaitMinutes)} promised, by ${words(outlook.source)}` : null, isLate ? "bad" : null),
  );
}

function slot({ evseId, state, pack }) {
  const level = pack ? Math.round(pack.socPercent) : null;
  const kind = state !== "AVAILABLE" ? "closed" : level === null ? "empty" : pack.condition !== "FIT" ? "faulty" : pack.isHeld ? "held" : level >= 90 ? "full" : "charging";
  const says = { closed: words(state), empty: "empty", faulty: words(pack?.condition), held: "held", full: "ready", charging: "charging" }[kind];
  return h(
    "li",
    { data: { kind }, title: pack ? `${pack.serialNumber}, state of health ${number(pack.sohPercent)} %` : null },
    h("span.fill", { style: { height: `${level ?? 0}%` } }),
    h("span.evse", {}, `${evseId}`),
    h("b", {}, level === null ? "–" : `${level} %`),
    h("small", {}, says),
  );
}

/** The past of a station changes once an hour: it is asked for again after a minute only. */
async function pastOf(id, session) {
  if (kept.id !== id || Date.now() - kept.askedAt > PAST_EVERY_MS) {
    const { predictionHistory } = await session.ask("PredictionHistory", { model: "load", hours: HOURS, horizonMinutes: 60, stationId: id });
    Object.assign(kept, { id, askedAt: Date.now(), past: predictionHistory });
  }
  return kept.past;
}

function operationsView(station, past, context) {
  return [...queue(station.queue), ...load(station), heading("Forecast an hour ahead, and what came", "swaps a quarter of an hour"), ...outcomes(past), ...faults(station.faults, context), ...power(station.energy), ...reliability(station.reliability)];
}

function queue(found) {
  const entries = found?.entries ?? [];
  return [
    heading("Queue", `${entries.length}`),
    entries.length === 0
      ? empty("No rider is coming.")
      : h(
          "div",
          { id: "queue" },
          table(
            [{ title: "Rider" }, { title: "State" }, { title: "Packs", isNumber: true }, { title: "Hold", isNumber: true }],
            entries.map((entry, index) => [
              entry.isWalkIn ? `${index + 1}, walk-in` : `${index + 1}`,
              h("span.pill", { data: { state: entry.state } }, words(entry.state)),
              number(entry.packs.length),
              h("time", { datetime: entry.holdEndsAt }, `ends ${distance(entry.holdEndsAt)}`),
            ]),
            "Queue",
          ),
        ),
  ];
}

function load(station) {
  const forecasts = HORIZONS.map((horizon) => station[`load${horizon}`]);
  const known = forecasts.filter((one) => one && one.swapsP50 !== null);
  if (known.length === 0) {
    return [heading("Load"), empty("Nothing is forecast yet.")];
  }
  const points = HORIZONS.map((horizon, index) => {
    const one = forecasts[index];
    return { label: `+${horizon} min`, low: one?.swapsP10 ?? 0, middle: one?.swapsP50 ?? null, high: one?.swapsP90 ?? 0 };
  });
  const hour = station.load60 ?? known[0];
  const reasons = hour.reasons ?? [];
  return [
    heading("Load", "swaps a quarter of an hour, with the band that holds 80 %"),
    band(points, { label: `Forecast swaps: ${points.map((point) => `${point.label} ${number(point.middle, 1)}`).join(", ")}` }),
    h("p.soft", { id: "load-source" }, hour.source === "MODEL" ? `By the model ${hour.model}, version ${hour.version}.` : `By the ${words(hour.source)}${hour.baselineReason ? `: ${hour.baselineReason}` : ""}.`),
    ...(reasons.length ? [heading("Why", "what moved the forecast for the next hour")] : []),
    ...(reasons.length ? [contributions(reasons)] : []),
  ];
}

function faults(found) {
  const nodes = nodesOf(found);
  return [
    heading("Faults", `${nodes.length} open`),
    nodes.length === 0
      ? empty("None is open.")
      : h("ul.plain", { id: "faults" }, nodes.map((fault) => h("li", {}, h("span.severity", { data: { severity: fault.severity } }, words(fault.severity)), ` ${sentence(fault.code)}${fault.evseId === null ? "" : `, slot ${fault.evseId}`}, ${words(fault.state)}, raised ${distance(fault.raisedAt)}`))),
  ];
}

function power(energy) {
  if (!energy) {
    return [];
  }
  const drawn = energy.loadKw ?? energy.chargingKw;
  const limit = energy.shed?.limitKw ?? energy.limitKw;
  const rows = energy.history.map((row) => ({ label: clockTime(row.startsAt).slice(0, 2), title: clockTime(row.startsAt), value: row.kwh }));
  return [
    heading("Power", limit === null ? `${number(drawn, 1)} kW` : `${number(drawn, 1)} of ${number(limit)} kW`),
    limit === null ? null : h("p.bar", {}, gauge(drawn, limit, { label: `${number(drawn, 1)} of ${number(limit)} kW`, tone: drawn > 0.9 * limit ? "bad" : "good" })),
    energy.shed ? h("p", { data: { tone: "bad" } }, `Shed until ${dayTime(energy.shed.endsAt)}: `, written(energy.shed.reason)) : null,
    rows.length > 1 ? bars(rows, { label: "Energy drawn by hour, the last 24 hours", unit: "kWh" }) : null,
  ];
}

function reliability(found) {
  if (!found || found.uptime === null) {
    return [];
  }
  return [heading("Reliability", "of the next week"), h("p", {}, `Up ${percent(found.uptime, 1)} of the time; half of such stations have an outage within ${number(found.outageDays, 1)} days. By ${words(found.source)}.`)];
}
