// The network now: figures, alerts, swaps by hour, the latest swaps; and its queues against what is promised.

import { nodesOf } from "./api.js";
import { bars, gauge, stack } from "./charts.js";
import { clockTime, distance, empty, figure, figures, h, heading, minutes, number, sentence, stationLink, table, words } from "./dom.js";
import { AUDITORS } from "./roles.js";

const HOURS = 24;

const ALERT_UNITS = { WAIT_OVER_PROMISE: "min", EVENTS_DELAYED: "s", TICKET_OVERDUE: "min late", JOB_OVERDUE: "min late", STORAGE_REQUEST_WAITING: "min" };

export const network = {
  id: "network",
  title: "Network",
  roles: AUDITORS,
  operations: ["NetworkNow", "SwapsByHour", "LatestSwaps"],
  everyMs: 20_000,
  isLive: true,
  async load({ session }) {
    const [hours, latest] = await Promise.all([swapsByHour(session), session.ask("LatestSwaps")]);
    return { hours, latest: nodesOf(latest.swaps) };
  },
  view(data, context) {
    const now = context.network;
    return now ? [...present(now), ...alerts(now, context), ...history(data), ...latestSwaps(data, context)] : [empty("Waiting for the first figures.")];
  },
};

export const queues = {
  id: "queues",
  title: "Queues",
  roles: AUDITORS,
  operations: ["NetworkNow", "SwapsByHour"],
  everyMs: 60_000,
  isLive: true,
  load: async ({ session }) => ({ hours: await swapsByHour(session) }),
  view(data, context) {
    const now = context.network?.queues;
    if (!now) {
      return [empty("Waiting for the first figures.")];
    }
    const isLate = now.longestWaitMinutes > now.promisedWaitMinutes;
    return [
      figures(
        figure("Longest wait", minutes(now.longestWaitMinutes), `of ${minutes(now.promisedWaitMinutes)} promised`, isLate ? "bad" : "good"),
        figure("Stations over it", number(now.lateStations), null, now.lateStations ? "bad" : "good"),
        figure("On the way", number(now.onTheWay)),
        figure("Waiting", number(now.waiting)),
        figure("Swapping", number(now.swapping)),
      ),
      heading("Longest queues"),
      now.longest.length === 0
        ? empty("No station has a queue.")
        : table(
            [{ title: "Station" }, { title: "Riders", isNumber: true }, { title: "Beside the longest" }],
            now.longest.map((queue) => [
              stationLink(queue.station, context, "queue"),
              number(queue.length),
              gauge(queue.length, now.longest[0].length, { label: `${queue.length} riders` }),
            ]),
            "Longest queues",
          ),
      heading("From hold to ride off, by hour", "90 % of riders need no longer; the ride there included"),
      hoursChart(data.hours, "minutesP90", "Minutes from hold to ride off, 90 % quantile by hour", "min"),
    ];
  },
};

function present(now) {
  const { stations, packs, queues: waiting, swaps, staff, tickets, events } = now;
  const isLate = waiting.longestWaitMinutes > waiting.promisedWaitMinutes;
  const openTickets = tickets.critical + tickets.major + tickets.minor;
  return [
    figures(
      figure("Stations open", number(stations.open), `of ${number(stations.open + stations.closed + stations.outOfService)}`, stations.outOfService ? "warn" : null),
      figure("Without a free pack", number(stations.withoutFreePacks), "stations", stations.withoutFreePacks ? "bad" : "good"),
      figure("Longest wait", minutes(waiting.longestWaitMinutes), `of ${minutes(waiting.promisedWaitMinutes)} promised`, isLate ? "bad" : "good"),
      figure("Riders", number(waiting.onTheWay + waiting.waiting + waiting.swapping), `${waiting.waiting} waiting`),
      figure("Swaps, last hour", number(swaps.swaps), swaps.minutesP50 === null ? null : `median ${minutes(swaps.minutesP50)}`),
      figure("Open tickets", number(openTickets), tickets.overdue ? `${tickets.overdue} overdue` : `${tickets.critical} critical`, tickets.overdue || tickets.critical ? "bad" : null),
      figure("Staff on shift", number(staff.onShift), `of ${staff.people}`),
      figure("Events pending", number(events.pending), events.deadLettered ? `${events.deadLettered} dead-lettered` : `oldest ${number(events.oldestSeconds)} s`, events.deadLettered ? "bad" : null),
    ),
    heading("Where the packs are"),
    stack(
      [
        { name: "charged", label: "charged", value: packs.charged },
        { name: "charging", label: "charging", value: packs.charging },
        { name: "riders", label: "with riders", value: packs.withRiders },
        { name: "moving", label: "in transit", value: packs.withTransporters },
        { name: "stored", label: "shops and depots", value: packs.inShops + packs.inDepots },
        { name: "faulty", label: "faulty or blocked", value: packs.faulty + packs.blocked },
      ],
      "Packs",
    ),
  ];
}

function alerts(now, context) {
  return [
    heading("Alerts", now.alertCount ? `${now.alertCount}` : null),
    now.alerts.length === 0
      ? empty("None. Everything is as promised.")
      : h(
          "ol.alerts",
          { id: "alerts" },
          now.alerts.slice(0, 12).map((alert, index) => {
            const unit = ALERT_UNITS[alert.kind];
            const says = `${sentence(alert.kind)}${unit && alert.value ? `, ${number(alert.value, 0)} ${unit}` : ""}`;
            return h("li", { data: { kind: alert.kind } }, h("span", {}, says), alert.station ? stationLink(alert.station, context, `alert-${index}`) : null);
          }),
        ),
  ];
}

function history(data) {
  return [heading("Swaps by hour", "the last 24 hours"), hoursChart(data.hours, "swaps", "Swaps of each of the last 24 hours", "")];
}

function latestSwaps(data, context) {
  return [
    heading("Latest swaps"),
    data.latest.length === 0
      ? empty("No swap yet.")
      : table(
          [{ title: "Station" }, { title: "Pack out" }, { title: "Back in" }, { title: "When", isNumber: true }],
          data.latest.map((swap) => [
            stationLink(swap.station, context, `swap-${swap.id}`),
            charges(swap.packsOut),
            charges(swap.packsIn),
            h("time", { datetime: swap.completedAt, title: clockTime(swap.completedAt) }, distance(swap.completedAt)),
          ]),
          "Latest swaps",
        ),
  ];
}

function charges(packs) {
  return packs.length === 0 ? "–" : packs.map((pack) => `${number(pack.socPercent)} %`).join(", ");
}

async function swapsByHour(session) {
  const until = new Date();
  const begin = new Date(until);
  begin.setMinutes(0, 0, 0);
  begin.setTime(begin.getTime() - (HOURS - 1) * 3_600_000); // by hours that have passed: a day may have 23 or 25 on the clock
  const span = { since: begin.toISOString(), until: until.toISOString(), bucket: "HOUR", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const { swapStatistics } = await session.ask("SwapsByHour", { span });
  const found = new Map((swapStatistics ?? []).map((row) => [Date.parse(row.startsAt), row]));
  return Array.from({ length: HOURS }, (_, index) => {
    const startsAt = begin.getTime() + index * 3_600_000;
    return { startsAt, ...(found.get(startsAt) ?? { swaps: 0, minutesP50: null, minutesP90: null }) };
  });
}

function hoursChart(hours, field, label, unit) {
  return bars(
    hours.map((row) => ({ label: clockTime(row.startsAt).slice(0, 2), title: `${clockTime(row.startsAt)}, ${words("SWAPS")} ${row.swaps}`, value: row[field] })),
    { label, unit },
  );
}
