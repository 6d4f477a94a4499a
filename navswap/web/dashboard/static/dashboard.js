// The dashboard: panels that say what the API says, and nothing else.

import { Live, Session } from "./api.js";
import { NetworkMap, shade } from "./map.js";
import * as queries from "./queries.js";

const WATCHED_AT_ONCE = 200;
const STATION_EVERY_MS = 10_000;
const MODELS_EVERY_MS = 60_000;
const OVERSEERS = ["ADMIN", "ANALYST"];
const WATCHERS = ["ADMIN", "ANALYST", "STAFF"];
const LISTED = 100;

const find = (id) => document.getElementById(id);
const shown = { network: queries.NETWORK_CHANGED, station: queries.STATION, models: queries.MODELS, stations: queries.STATIONS };
const session = new Session(onSession);
const live = new Live(showConnection);
const map = new NetworkMap(find("map"), openStation);
let picked = null;
let watchedBox = null;
let stopWatchingBox = () => {};
let signedInAs = null;

start();

async function start() {
  listen();
  fetch("/dashboard/streets.geojson")
    .then((response) => response.json())
    .then((streets) => map.setStreets(streets));
  await loadStations();
  map.fit();
  session.plan();
  onSession();
  setInterval(() => picked && refreshStation(), STATION_EVERY_MS);
  setInterval(() => OVERSEERS.includes(signedInAs) && refreshModels(), MODELS_EVERY_MS);
  setInterval(watchBox, 2_000);
}

function listen() {
  find("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const state = find("sign-in-state");
    state.value = "signing in";
    try {
      await session.signIn(find("email").value, find("password").value);
      state.value = "";
    } catch (error) {
      state.value = error.message;
    }
  });
  find("sign-out").addEventListener("click", () => session.signOut());
  find("search").addEventListener("input", listStations);
  for (const button of document.querySelectorAll("button.query")) {
    button.addEventListener("click", () => {
      find("query-text").textContent = shown[button.dataset.query];
      find("query-dialog").showModal();
    });
  }
}

// Who looks

function onSession() {
  const role = session.user?.role ?? null;
  find("sign-in").hidden = role !== null;
  find("signed-in").hidden = role === null;
  find("who").textContent = role === null ? "" : `${session.user.name}, ${role}`;
  find("network").hidden = find("models").hidden = !OVERSEERS.includes(role);
  if (role === signedInAs) {
    if (role !== null) {
      live.renew(session.token);
    }
    return;
  }
  signedInAs = role;
  live.close();
  watchedBox = null;
  map.movers.clear();
  if (role !== null) {
    live.open(session.token);
    watchStations();
    if (OVERSEERS.includes(role)) {
      live.subscribe(queries.NETWORK_CHANGED, {}, (change) => change.live && showNetwork(change.live));
      refreshModels();
    }
    watchBox();
  }
  if (picked) {
    refreshStation();
  }
}

function showConnection(state, reason) {
  const says = { idle: "sign in to see it live", connecting: "connecting", live: "live", reconnecting: "reconnecting" };
  const output = find("connection");
  output.value = reason ? `${says[state]} (${reason})` : says[state];
  output.dataset.state = state;
}

// Stations

async function loadStations() {
  let after = null;
  do {
    const { stations } = await session.ask(queries.STATIONS, { after });
    stations.edges.forEach((edge) => map.putStation(edge.node));
    after = stations.pageInfo.hasNextPage ? stations.pageInfo.endCursor : null;
  } while (after !== null);
  listStations();
}

function watchStations() {
  const ids = [...map.stations.keys()];
  for (let first = 0; first < ids.length; first += WATCHED_AT_ONCE) {
    const stationIds = ids.slice(first, first + WATCHED_AT_ONCE);
    live.subscribe(queries.STATIONS_CHANGED, { stationIds }, (change) => {
      if (change.stations) {
        change.stations.forEach((station) => putStatus(station.id, station.status));
      } else if (change.status) {
        putStatus(change.stationId, change.status);
      }
    });
  }
}

function putStatus(id, status) {
  map.putStation({ ...map.stations.get(id), status });
  const row = document.querySelector(`#station-list button[data-id="${id}"]`);
  if (row) {
    fillRow(row, map.stations.get(id));
  }
  if (id === picked) {
    showFigures("station-figures", stationFigures(status));
  }
  countStations();
}

function listStations() {
  const wanted = find("search").value.trim().toLowerCase();
  const found = [...map.stations.values()]
    .filter((station) => `${station.name} ${station.district}`.toLowerCase().includes(wanted))
    .sort((one, other) => one.status.freePacks - other.status.freePacks || one.name.localeCompare(other.name));
  find("station-list").replaceChildren(
    ...found.slice(0, LISTED).map((station) => {
      const button = element("button", { type: "button" });
      button.dataset.id = station.id;
      button.addEventListener("click", () => {
        map.centreOn(station);
        openStation(station.id);
      });
      fillRow(button, station);
      return element("li", {}, button);
    }),
  );
  countStations(found.length);
}

function countStations(found) {
  const all = [...map.stations.values()];
  if (all.length === 0) {
    find("count").textContent = "This network has no station yet: load one with `navswap seed`.";
    return;
  }
  const empty = all.filter((station) => station.status.freePacks === 0).length;
  const listed = found === undefined || found <= LISTED ? "" : ` The first ${LISTED} of ${found} are listed.`;
  find("count").textContent = `${all.length} stations, ${empty} without a free pack.${listed}`;
}

function fillRow(button, station) {
  const { status } = station;
  const mark = element("i", { className: `mark ${shade(status)}` });
  const says = status.state === "OPEN" ? `${status.freePacks} free, ${status.queueLength} waiting` : status.state;
  button.replaceChildren(mark, element("span", {}, station.name), element("small", {}, says));
}

async function openStation(id) {
  picked = id;
  map.picked = id;
  map.redraw();
  find("station").hidden = false;
  await refreshStation();
}

async function refreshStation() {
  const id = picked;
  const { station } = await session.ask(queries.STATION, { id });
  if (id !== picked) {
    return;
  }
  find("station-title").textContent = station.name;
  showFigures("station-figures", stationFigures(station.status, station.status.outlook));
  find("slots").replaceChildren(...station.slots.map(slotOf));
  const extra = WATCHERS.includes(signedInAs) ? await askOperations(id) : null;
  shown.station = extra === null ? queries.STATION : `${queries.STATION}\n\n${queries.STATION_OPERATIONS}`;
  find("station-extra").replaceChildren(...(extra === null ? [] : operationsOf(extra)));
}

async function askOperations(id) {
  try {
    return (await session.ask(queries.STATION_OPERATIONS, { id })).station;
  } catch {
    return null;
  }
}

function stationFigures(status, outlook) {
  const figures = {
    State: status.state,
    "Free packs": status.freePacks,
    Held: status.heldPacks,
    Charging: status.chargingPacks,
    Faulty: status.faultyPacks,
    "Empty slots": status.emptySlots,
    Queue: status.queueLength,
  };
  if (outlook) {
    figures["Wait, median"] = minutes(outlook.waitP50Minutes);
    figures["Wait, 90 %"] = `${minutes(outlook.waitP90Minutes)} of ${minutes(outlook.promisedWaitMinutes)} promised`;
    figures["Estimated by"] = outlook.source;
  }
  return figures;
}

function slotOf(slot) {
  const level = slot.pack ? Math.round(slot.pack.socPercent) : null;
  const meter = element("meter", { min: 0, max: 100, low: 30, high: 80, optimum: 100, value: level ?? 0 });
  meter.setAttribute("aria-label", level === null ? `Slot ${slot.evseId}: no pack` : `Slot ${slot.evseId}: ${level} %`);
  return element("li", {}, `${slot.evseId}`, meter, level === null ? slot.state.toLowerCase() : `${level} %`);
}

function operationsOf(station) {
  const parts = [];
  const load = station.load;
  if (load && load.swapsP50 !== null) {
    const band = `${load.swapsP50.toFixed(1)} swaps in the next hour (80 %: ${load.swapsP10.toFixed(1)} to ${load.swapsP90.toFixed(1)})`;
    const source = load.source === "MODEL" ? `model ${load.version}` : `baseline: ${load.baselineReason ?? ""}`;
    parts.push(element("h3", {}, "Load"), element("p", {}, `${band}, by ${source}.`));
    if (load.reasons.length > 0) {
      parts.push(element("p", {}, `Mainly by ${load.reasons.map((reason) => reason.label).join(", ")}.`));
    }
  }
  const reliability = station.reliability;
  if (reliability && reliability.uptime !== null) {
    parts.push(element("h3", {}, "Reliability"), element("p", {}, `Up ${(100 * reliability.uptime).toFixed(1)} % of the next week, by ${reliability.source}.`));
  }
  const faults = station.faults?.edges ?? [];
  parts.push(element("h3", {}, "Faults"));
  parts.push(
    faults.length === 0
      ? element("p", {}, "None is open.")
      : element("ul", {}, ...faults.map(({ node }) => element("li", {}, `${node.code}, ${node.severity}`))),
  );
  const entries = station.queue?.entries ?? [];
  parts.push(element("h3", {}, "Queue"));
  parts.push(
    entries.length === 0
      ? element("p", {}, "Nobody is coming.")
      : element("ol", {}, ...entries.map((entry) => element("li", {}, `${entry.state}${entry.isWalkIn ? ", walk-in" : ""}`))),
  );
  return parts;
}

// The network

function showNetwork(now) {
  showFigures("network-figures", {
    "Stations open": `${now.stations.open} (${now.stations.withoutFreePacks} without a free pack)`,
    Packs: `${now.packs.charged} charged, ${now.packs.charging} charging, ${now.packs.withRiders} with riders`,
    Riders: `${now.queues.onTheWay} on the way, ${now.queues.waiting} waiting, ${now.queues.swapping} swapping`,
    "Longest wait": `${minutes(now.queues.longestWaitMinutes)} of ${minutes(now.queues.promisedWaitMinutes)} promised`,
    Swaps: `${now.swaps.swaps} (median ${minutes(now.swaps.minutesP50)}, 90 % ${minutes(now.swaps.minutesP90)})`,
    Transport: `${now.transports.open} open, ${now.transports.inTransit} in transit, ${now.transports.overdue} overdue`,
    Tickets: `${now.tickets.critical} critical, ${now.tickets.major} major, ${now.tickets.minor} minor`,
    Staff: `${now.staff.onShift} of ${now.staff.people} on shift`,
  });
  find("alerts").replaceChildren(
    ...(now.alerts.length === 0 ? [element("li", {}, "None.")] : now.alerts.map(alertOf)),
  );
}

function alertOf(alert) {
  const says = `${alert.kind.replaceAll("_", " ").toLowerCase()}: ${Number(alert.value.toFixed(1))}`;
  if (!alert.station) {
    return element("li", {}, says);
  }
  const button = element("button", { type: "button" }, `${alert.station.name}, ${says}`);
  button.addEventListener("click", () => openStation(alert.station.id));
  return element("li", {}, button);
}

async function refreshModels() {
  const { modelQuality } = await session.ask(queries.MODELS);
  find("model-rows").replaceChildren(
    ...modelQuality.map((model) =>
      element(
        "tr",
        { title: model.reason },
        element("th", { scope: "row" }, model.title),
        element("td", {}, `${model.state} (${model.source})`),
        element("td", {}, measured(model.error, model.measure)),
        element("td", {}, measured(model.baselineError, model.measure)),
        element("td", {}, model.coverage === null ? "–" : `${(100 * model.coverage).toFixed(0)} %`),
      ),
    ),
  );
}

// Who moves

function watchBox() {
  if (!WATCHERS.includes(signedInAs) || map.stations.size === 0) {
    return;
  }
  const { west, south, east, north } = map.box();
  const area = {
    west: Math.max(-180, west),
    south: Math.max(-85, south),
    east: Math.min(180, east),
    north: Math.min(85, north),
  };
  const box = JSON.stringify(area);
  if (box === watchedBox || area.west >= area.east) {
    return;
  }
  watchedBox = box;
  stopWatchingBox();
  stopWatchingBox = live.subscribe(queries.POSITIONS_CHANGED, { scope: { area } }, (change) => {
    if (change.__typename === "PositionsSnapshot") {
      map.movers.clear();
    }
    map.putMovers(change.positions ?? []);
    map.dropMovers(change.departedSubjectIds ?? []);
  });
}

// Words and elements

function showFigures(id, figures) {
  find(id).replaceChildren(
    ...Object.entries(figures).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, `${value}`)]),
  );
}

function minutes(value) {
  return value === null || value === undefined ? "unknown" : `${Number(value.toFixed(1))} min`;
}

function measured(value, unit) {
  return value === null ? "–" : `${Number(value.toFixed(3))} ${unit}`;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** For tests, and for who looks with the browser's tools. */
globalThis.navswap = { live, map, session };
