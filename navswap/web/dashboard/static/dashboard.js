// The dashboard: a map, panels, and a station's page, that say what the API says, and nothing else.

import { Answers } from "./answers.js";
import { Live, Session } from "./api.js";
import { clockTime, empty, failure, find, h, replace, written } from "./dom.js";
import { History } from "./history.js";
import { NetworkMap } from "./map.js";
import { energy } from "./panel_energy.js";
import { models } from "./panel_models.js";
import { network, queues } from "./panel_network.js";
import { tickets } from "./panel_tickets.js";
import { staff, transport } from "./panel_transport.js";
import { showQueries } from "./queries.js";
import { AUDITORS, OVERSEERS } from "./roles.js";
import { SCALES } from "./scales.js";
import { stationPage } from "./station.js";
import { Stations } from "./stations.js";

const PANELS = [network, queues, transport, staff, tickets, energy, models];
const STATIONS = { id: "stations", title: "Stations", roles: null, operations: ["Stations", "StationsChanged"] };
const SHOWN_WITHIN_MS = 200; // changes that come together are shown together
const STATION_EVERY_MS = 10_000;
const BOX_EVERY_MS = 2_000;
const CONGESTION_EVERY_MS = 30_000;
const WAITS_EVERY_MS = 60_000;
const NEW_STATIONS_EVERY_MS = 300_000;

const session = new Session(onSession);
const live = new Live(showConnection, () => session.renewIfOld());
const map = new NetworkMap(find("map"), openStation, showHover);
const stations = new Stations(map, session, live, openStation);
const past = new History(map, session);
const context = { session, live, map, stations, network: null, openStation, refresh: () => refreshPanel({ isAsked: true }) };
let panel = STATIONS;
let picked = null;
let signedInAs; // undefined until the page knows
let watchedBox = null;
let stopWatchingBox = () => {};
let stopWatchingStation = () => {};
let stopFollowing = () => {};
let opener = null; // what opened the station: the focus goes back to it
const data = new Map(); // by panel: what was found, and when
const answers = { panel: new Answers(), station: new Answers(), congestion: new Answers(), waits: new Answers() };

start();

async function start() {
  listen();
  showLegend();
  showTabs();
  openPanel(STATIONS);
  fetch("/dashboard/streets.geojson")
    .then((response) => response.json())
    .then((streets) => map.setStreets(streets))
    .catch(() => {}); // the map does without
  session.plan();
  await loadStations();
  map.fit();
  onSession();
  openStation(new URLSearchParams(location.hash.slice(1)).get("station"));
  every(STATION_EVERY_MS, () => picked && refreshStation());
  every(BOX_EVERY_MS, watchBox);
  every(CONGESTION_EVERY_MS, refreshCongestion);
  every(WAITS_EVERY_MS, refreshWaits);
  every(NEW_STATIONS_EVERY_MS, () => stations.load());
}

/** Read all stations; where that fails, say so and try again when asked to. */
async function loadStations() {
  for (;;) {
    try {
      return await stations.load();
    } catch (error) {
      await new Promise((again) => replace(find("count"), failure(error.message, again)));
    }
  }
}

/** Do something again and again while the page is seen; what fails is tried again the next time. */
function every(milliseconds, work) {
  setInterval(() => document.visibilityState === "visible" && Promise.resolve(work()).catch(() => {}), milliseconds);
}

function listen() {
  // Shown again as it was left, the page may hold a refresh token that was used since.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
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
  find("station-close").addEventListener("click", leaveStation);
  find("panel-query").addEventListener("click", () => showQueries(panel.operations, session));
  find("stations-query").addEventListener("click", () => showQueries(STATIONS.operations, session));
  find("station-query").addEventListener("click", () => showQueries(stationPage.operations, session));
  pressed("scales", "scale", (scale) => {
    map.setScale(scale);
    stations.list();
    showLegend();
    return scale === "wait" ? refreshWaits() : null;
  });
  for (const button of find("layers").children) {
    button.addEventListener("click", () => {
      const isShown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", `${isShown}`);
      map.setLayer(button.dataset.layer, isShown);
    });
  }
  for (const button of find("zoom").children) {
    const change = Number(button.dataset.zoom);
    button.addEventListener("click", () => (change ? map.zoomBy(change) : map.fit()));
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && picked && !find("query-dialog").open && leaveStation());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      refreshPanel();
      refreshStation();
    }
  });
}

/** One of a group of buttons is pressed. */
function pressed(id, name, onChange) {
  for (const button of find(id).children) {
    button.addEventListener("click", () => {
      [...find(id).children].forEach((other) => other.setAttribute("aria-pressed", `${other === button}`));
      onChange(button.dataset[name]);
    });
  }
}

// Who looks

function onSession() {
  const role = session.user?.role ?? null;
  find("sign-in").hidden = role !== null;
  find("signed-in").hidden = role === null;
  find("layers").hidden = find("legend-traffic").hidden = role === null;
  find("legend-movers").hidden = !OVERSEERS.includes(role);
  find("who").replaceChildren(...(role === null ? [] : [written(session.user.name), `, ${role.toLowerCase()}`]));
  if (role === signedInAs) {
    if (role !== null) {
      live.renew(session.token);
    }
    return;
  }
  const opened = picked;
  signedInAs = role;
  Object.values(answers).forEach((one) => one.drop());
  stopWatchingBox();
  live.close();
  stations.forgetWatched();
  data.clear();
  tickets.reset();
  stopFollowing();
  context.network = null;
  watchedBox = null;
  map.movers.clear();
  map.setCells([]);
  past.open(OVERSEERS.includes(role));
  showTabs();
  openPanel(role === "STAFF" ? tickets : panelsOf(role)[0]);
  if (role !== null) {
    live.open(session.token);
    stations.watch();
    if (AUDITORS.includes(role)) {
      live.subscribe("NetworkNow", {}, onNetwork);
    }
    watchBox();
  }
  if (opened) {
    openStation(opened);
  }
}

function showConnection(state, reason) {
  const says = { idle: "sign in to see it live", connecting: "connecting", live: "live", reconnecting: "reconnecting" };
  const output = find("connection");
  output.value = reason ? `${says[state]} (${reason})` : says[state];
  output.dataset.state = state;
}

// Panels

function panelsOf(role) {
  return [...PANELS.filter((one) => one.roles.includes(role)), STATIONS];
}

function showTabs() {
  const tabs = panelsOf(signedInAs).map((one) =>
    h("button", { type: "button", role: "tab", id: `tab-${one.id}`, data: { key: one.id }, "aria-selected": "false", tabindex: -1, onclick: () => openPanel(one), onkeydown: stepTab }, one.title),
  );
  replace(find("tabs"), tabs);
}

function stepTab(event) {
  const tabs = [...find("tabs").children];
  const at = tabs.indexOf(event.target);
  const next = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at - 1 + tabs.length) % tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    tabs[next].focus();
    tabs[next].click();
  }
}

function openPanel(chosen) {
  panel = chosen;
  answers.panel.drop();
  find("panel-state").value = "";
  closeStation();
  for (const tab of find("tabs").children) {
    const isChosen = tab.dataset.key === panel.id;
    tab.setAttribute("aria-selected", `${isChosen}`);
    tab.setAttribute("aria-controls", panel === STATIONS ? "stations" : "panel");
    tab.tabIndex = isChosen ? 0 : -1;
    if (isChosen) {
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  find("panel-title").textContent = panel.title;
  find("panel-content").replaceChildren(...(panel === STATIONS ? [] : [h("p.empty", {}, "Loading …")]));
  follow(chosen);
  if (panel !== STATIONS) {
    showPanel();
    refreshPanel();
  }
  clearInterval(openPanel.timer);
  openPanel.timer = setInterval(() => document.visibilityState === "visible" && panel.load && refreshPanel(), panel.everyMs ?? 60_000);
}

/** Follow the streams of a panel for as long as it is the one that is chosen: it shows what changed soon after. */
function follow(chosen) {
  stopFollowing();
  const refresh = soon(chosen.withinMs ?? SHOWN_WITHIN_MS, () => chosen === panel && refreshPanel());
  const followed = (chosen.follows ?? []).filter((kept) => kept.roles?.includes(signedInAs) ?? true);
  const stops = followed.map((kept) => {
    const stop = live.subscribe(kept.operation, {}, (change) => {
      const ids = kept.take(change);
      if (ids.length > 0 && (chosen.concerns?.(ids) ?? true)) {
        refresh();
      }
    });
    return () => {
      stop();
      kept.forget();
    };
  });
  stopFollowing = () => {
    stops.forEach((stop) => stop());
    stopFollowing = () => {};
  };
}

/** Do something once, some time after it was first asked for, however often it is asked for meanwhile. */
function soon(milliseconds, work) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      work();
    }, milliseconds);
  };
}

/** Ask again for what the panel shows; where the user asked for it, also what is half filled in is shown again. */
async function refreshPanel({ isAsked = false } = {}) {
  const asked = panel;
  if (!asked.load || !session.user) {
    return;
  }
  const isToBeShown = answers.panel.ask();
  try {
    const found = await asked.load(context);
    if (isToBeShown()) {
      data.set(asked.id, { found, at: Date.now() });
      find("panel-state").value = "";
      showPanel({ isAsked });
    }
  } catch (error) {
    if (isToBeShown()) {
      showFailure(error);
    }
  }
}

/** What was found before stays, and says of when it is. */
function showFailure(error) {
  const known = data.get(panel.id);
  if (known === undefined) {
    replace(find("panel-content"), failure(error.message, () => refreshPanel({ isAsked: true })));
  } else {
    find("panel-state").value = `As of ${clockTime(known.at)}: ${error.message}`;
  }
}

function showPanel({ isAsked = false } = {}) {
  const known = data.get(panel.id);
  if (known !== undefined && (isAsked || !isBeingFilledIn())) {
    replace(find("panel-content"), panel.view(known.found, context));
  }
}

/** Whether a form of the panel is being filled in: then it stays as it is. */
function isBeingFilledIn() {
  const fields = [...find("panel-content").querySelectorAll("input, select")];
  return fields.some((field) => field === document.activeElement || (field.matches("input") && field.value !== ""));
}

function onNetwork(change) {
  if (!change.live) {
    return;
  }
  const before = context.network;
  context.network = change.live;
  if (panel.isLive && before !== null && before.swaps.swaps !== change.live.swaps.swaps) {
    refreshPanel(); // its lists of swaps have changed, too
  } else if (panel.isLive) {
    showPanel();
  }
}

// A station

async function openStation(id) {
  if (!map.stations.has(id)) {
    return;
  }
  opener = picked === null ? document.activeElement : opener;
  picked = id;
  answers.station.drop();
  find("station-state").value = "";
  map.picked = id;
  map.redraw();
  history.replaceState(null, "", `#station=${encodeURIComponent(id)}`);
  find("station-title").replaceChildren(written(map.stations.get(id).name));
  find("station-content").replaceChildren(h("p.empty", {}, "Loading …"));
  showSections();
  find("station-title").focus({ preventScroll: true });
  find("panels").scrollTop = 0;
  stopWatchingStation();
  watchStation(id);
  await refreshStation();
}

function watchStation(stationId) {
  if (!OVERSEERS.includes(signedInAs)) {
    return;
  }
  const refresh = soon(SHOWN_WITHIN_MS, () => picked === stationId && refreshStation());
  const stops = ["StationQueue", "StationFaults"].map((operation) => live.subscribe(operation, { stationId }, refresh));
  stopWatchingStation = () => {
    stops.forEach((stop) => stop());
    stopWatchingStation = () => {};
  };
}

async function refreshStation() {
  if (picked === null) {
    return;
  }
  const isToBeShown = answers.station.ask();
  try {
    const found = await stationPage.load(picked, context);
    if (isToBeShown()) {
      find("station-state").value = "";
      replace(find("station-content"), found.station ? stationPage.view(found, context) : empty("There is no such station any more."));
    }
  } catch (error) {
    if (!isToBeShown()) {
      return;
    }
    if (find("slots")) {
      find("station-state").value = error.message;
    } else {
      replace(find("station-content"), failure(error.message, refreshStation));
    }
  }
}

/** Close the station and go back to what opened it, or to the panel that is shown again. */
function leaveStation() {
  const { key } = opener?.dataset ?? {};
  closeStation();
  const again = opener?.isConnected && opener !== document.body ? opener : key && [...find("panels").querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  (again || find("tabs").querySelector("[aria-selected=true]")).focus({ preventScroll: true });
}

function closeStation() {
  answers.station.drop();
  stopWatchingStation();
  if (picked) {
    history.replaceState(null, "", location.pathname);
  }
  picked = map.picked = null;
  map.redraw();
  showSections();
}

function showSections() {
  find("station").hidden = picked === null;
  find("stations").hidden = picked !== null || panel !== STATIONS;
  find("panel").hidden = picked !== null || panel === STATIONS;
}

// The map

function showLegend() {
  const scale = SCALES[map.scale];
  find("legend-title").textContent = scale.title;
  const step = (name, label) => h("li", {}, h("i", { style: { background: `var(${name})` } }), label);
  find("legend-steps").replaceChildren(...[...scale.steps].reverse().map(({ name, label }) => step(name, label)), step("--closed", "closed or unknown"));
}

function showHover(station, x, y) {
  const hover = find("hover");
  hover.hidden = !station;
  if (!station) {
    return;
  }
  const { name, status, wait } = map.seen(station);
  hover.replaceChildren(
    h("b", {}, written(name)),
    status.state === "OPEN" ? `${status.freePacks} free, ${status.queueLength} in the queue${wait?.waitP90Minutes != null ? `, wait ${wait.waitP90Minutes.toFixed(0)} min` : ""}` : status.state.toLowerCase().replaceAll("_", " "),
  );
  hover.style.left = `${Math.min(x + 14, map.size.width - 180)}px`;
  hover.style.top = `${Math.min(y + 14, map.size.height - 60)}px`;
}

function watchBox() {
  if (!OVERSEERS.includes(signedInAs) || map.stations.size === 0) {
    return;
  }
  const area = map.box();
  const box = JSON.stringify(area);
  if (box === watchedBox || area.west >= area.east) {
    return;
  }
  watchedBox = box;
  stopWatchingBox();
  stopWatchingBox = live.subscribe("Movers", { scope: { area } }, (change) => {
    if (change.__typename === "PositionsSnapshot") {
      map.movers.clear();
    }
    map.putMovers(change.positions ?? []);
    map.dropMovers(change.departedSubjectIds ?? []);
  });
  refreshCongestion().catch(() => {});
}

async function refreshCongestion() {
  const area = map.box();
  if (session.user && map.layers.traffic && area.west < area.east) {
    const isToBeShown = answers.congestion.ask();
    const { traffic } = await session.ask("Congestion", { area });
    if (isToBeShown()) {
      map.setCells(traffic?.cells ?? []);
    }
  }
}

async function refreshWaits() {
  if (map.scale === "wait") {
    const isToBeShown = answers.waits.ask();
    const nodes = await session.askAll("StationWaits", (answer) => answer.stations);
    if (isToBeShown()) {
      map.putWaits(nodes.map((node) => [node.id, node.status.outlook]));
      stations.list();
    }
  }
}

/** For tests, and for who looks with the browser's tools. */
globalThis.navswap = { live, map, past, session, stations };
