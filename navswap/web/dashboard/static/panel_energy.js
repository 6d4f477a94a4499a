// Power: what stations draw against what they may, feeders at risk, and prices.

import { gauge } from "./charts.js";
import { dayTime, empty, figure, figures, h, heading, number, percent, stationLink, table, written } from "./dom.js";
import { OVERSEERS } from "./roles.js";

const LISTED = 10;
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const energy = {
  id: "energy",
  title: "Energy",
  roles: OVERSEERS,
  operations: ["Energy", "FeederRisk", "Tariffs"],
  everyMs: 60_000,
  async load({ session }) {
    const nodes = await session.askAll("Energy", (answer) => answer.stations);
    const stations = nodes.filter((node) => node.energy !== null).map(({ id, name, energy: now }) => ({ id, name, ...now, drawnKw: now.loadKw ?? now.chargingKw }));
    stations.sort((one, other) => used(other) - used(one));
    const nearest = stations.slice(0, LISTED).map((station) => station.id);
    const [risk, tariffs] = await Promise.all([nearest.length ? session.ask("FeederRisk", { stationIds: nearest }) : null, session.ask("Tariffs")]);
    const forecasts = new Map((risk?.predictEnergyStability ?? []).map((one) => [one.station?.id, one]));
    return { stations, forecasts, tariffs: tariffs.tariffs ?? [] };
  },
  view({ stations, forecasts, tariffs }, context) {
    const sum = (pick) => stations.reduce((total, station) => total + (pick(station) ?? 0), 0);
    const drawn = sum((station) => station.drawnKw);
    const limit = sum((station) => station.limitKw);
    const shed = stations.filter((station) => station.shed !== null);
    const near = stations.filter((station) => used(station) >= 0.9).length;
    return [
      figures(
        figure("Drawn now", `${number(drawn)} kW`, limit ? `${percent(drawn / limit)} of the limits` : null),
        figure("For charging", `${number(sum((station) => station.chargingKw))} kW`),
        figure("Above 90 % of its limit", number(near), "stations", near ? "warn" : "good"),
        figure("Shed", number(shed.length), "feeders", shed.length ? "bad" : "good"),
      ),
      ...(shed.length ? [heading("Shed now"), h("ul.plain", {}, shed.map((station) => h("li", {}, stationLink(station, context, "shed"), `: at most ${number(station.shed.limitKw)} kW until ${dayTime(station.shed.endsAt)}. `, written(station.shed.reason))))] : []),
      heading("Closest to their limits", "the next hour as it is forecast, with the chance of a feeder event"),
      stations.length === 0
        ? empty("No station reports its power.")
        : table(
            [{ title: "Station" }, { title: "Drawn", isNumber: true }, { title: "Of its limit" }, { title: "In an hour", isNumber: true }, { title: "Event", isNumber: true }],
            stations.slice(0, LISTED).map((station) => row(station, forecasts.get(station.id), context)),
            "Stations closest to their limits",
          ),
      heading("Prices now"),
      tariffs.length === 0 ? empty("No tariff is known.") : h("ul.plain", {}, tariffs.map((tariff) => h("li", {}, h("b", {}, written(tariff.name)), `: ${priceNow(tariff)}`))),
    ];
  },
};

function used({ drawnKw, limitKw, shed }) {
  const limit = shed?.limitKw ?? limitKw;
  return limit ? drawnKw / limit : 0;
}

function row(station, forecast, context) {
  const share = used(station);
  const limit = station.shed?.limitKw ?? station.limitKw;
  return [
    stationLink(station, context, "power"),
    `${number(station.drawnKw, 1)}${limit === null ? "" : ` of ${number(limit)}`} kW`,
    gauge(share, 1, { label: percent(share), tone: share >= 0.9 ? "bad" : share >= 0.7 ? "warn" : "good" }),
    forecast?.loadKwP50 == null ? "–" : h("span", { title: `80 %: ${number(forecast.loadKwP10, 1)} to ${number(forecast.loadKwP90, 1)} kW, by ${forecast.source.toLowerCase()}` }, `${number(forecast.loadKwP50, 1)} kW`),
    percent(forecast?.feederEvent),
  ];
}

function priceNow({ periods, timeZone, currency }) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone, hour: "numeric", weekday: "short" }).formatToParts(new Date()).map((part) => [part.type, part.value]));
  const days = ["Sat", "Sun"].includes(parts.weekday) ? "WEEKEND" : "WEEKDAY";
  const hour = Number(parts.hour);
  const holds = ({ startHour, endHour }) => (startHour < endHour ? startHour <= hour && hour < endHour : hour >= startHour || hour < endHour);
  const period = periods.find((one) => one.days === days && holds(one));
  return period ? `${number(period.pricePerKwh, 2)} ${currency} a kWh until ${`${period.endHour}`.padStart(2, "0")}:00${timeZone === HERE ? "" : ` in ${timeZone}`}` : "no price now";
}
