// All stations: read once, followed live, listed with those in need first.

import { find, h, replace, written } from "./dom.js";
import { shade } from "./scales.js";

const WATCHED_AT_ONCE = 200;
const LISTED = 100;
const BY_NAME = new Intl.Collator("en"); // which compares a hundred times as fast as localeCompare

export class Stations {
  constructor(map, session, live, onOpen) {
    this.map = map;
    this.session = session;
    this.live = live;
    this.onOpen = onOpen;
    this.rows = new Map();
    this.changed = new Set();
    this.watched = new Set();
    find("search").addEventListener("input", () => this.list());
  }

  /** Read all stations. Those that are known stay as they are: what is followed is newer than an answer. */
  async load() {
    const nodes = await this.session.askAll("Stations", (answer) => answer.stations);
    const added = nodes.filter((node) => !this.map.stations.has(node.id));
    added.forEach((node) => this.map.putStation(node));
    if (this.session.user) {
      this.watch();
    }
    this.list();
  }

  /** Nothing is watched any more: the connection was closed. */
  forgetWatched() {
    this.watched.clear();
  }

  /** Follow the stations that are not followed yet. */
  watch() {
    const ids = [...this.map.stations.keys()].filter((id) => !this.watched.has(id));
    ids.forEach((id) => this.watched.add(id));
    for (let first = 0; first < ids.length; first += WATCHED_AT_ONCE) {
      const stationIds = ids.slice(first, first + WATCHED_AT_ONCE);
      this.live.subscribe("StationsChanged", { stationIds }, (change) => {
        if (change.stations) {
          change.stations.forEach((station) => this.put(station.id, station.status));
        } else if (change.status) {
          this.put(change.stationId, change.status);
        }
      });
    }
  }

  /** Take a new status: the map shows it in its next frame, and so does the list. */
  put(id, status) {
    this.map.putStation({ ...this.map.stations.get(id), status });
    if (this.changed.size === 0) {
      requestAnimationFrame(() => this.showChanged());
    }
    this.changed.add(id);
  }

  showChanged() {
    for (const id of this.changed) {
      const row = this.rows.get(id);
      if (row) {
        this.fillRow(row, this.map.stations.get(id));
      }
    }
    this.changed.clear();
    this.count();
  }

  list() {
    const wanted = find("search").value.trim().toLowerCase();
    const found = [...this.map.stations.values()]
      .filter((station) => `${station.name} ${station.district}`.toLowerCase().includes(wanted))
      .sort((one, other) => one.status.freePacks - other.status.freePacks || BY_NAME.compare(one.name, other.name));
    this.rows.clear();
    const rows = found.slice(0, LISTED).map((station) => {
      const open = () => {
        this.map.centreOn(station.id);
        this.onOpen(station.id);
      };
      const button = h("button", { type: "button", data: { id: station.id, key: `listed-${station.id}` }, onclick: open });
      this.fillRow(button, station);
      this.rows.set(station.id, button);
      return h("li", {}, button);
    });
    replace(find("station-list"), rows);
    this.found = found.length;
    this.count();
  }

  count() {
    const all = [...this.map.stations.values()];
    if (all.length === 0) {
      find("count").textContent = "This network has no station yet: load one with `navswap seed`.";
      return;
    }
    const without = all.filter((station) => station.status.freePacks === 0).length;
    const listed = this.found <= LISTED ? "" : ` The first ${LISTED} of ${this.found} are listed.`;
    find("count").textContent = `${all.length} stations, ${without} without a free pack.${listed}`;
  }

  fillRow(button, station) {
    const { status } = station;
    const says = status.state === "OPEN" ? `${status.freePacks} free, ${status.queueLength} waiting` : status.state;
    const mark = h("i", { style: { background: `var(${shade(station, this.map.scale)})` } });
    button.replaceChildren(mark, h("span", {}, written(station.name)), h("small", {}, says));
  }
}
