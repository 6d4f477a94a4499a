// All stations: read once, followed live, listed with those in need first.

import { find, h } from "./dom.js";
import { shade } from "./scales.js";

const WATCHED_AT_ONCE = 200;
const LISTED = 100;

export class Stations {
  constructor(map, session, live, onOpen) {
    this.map = map;
    this.session = session;
    this.live = live;
    this.onOpen = onOpen;
    find("search").addEventListener("input", () => this.list());
  }

  async load() {
    const nodes = await this.session.askAll("Stations", (answer) => answer.stations);
    nodes.forEach((node) => this.map.putStation(node));
    this.list();
  }

  watch() {
    const ids = [...this.map.stations.keys()];
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

  put(id, status) {
    this.map.putStation({ ...this.map.stations.get(id), status });
    const row = document.querySelector(`#station-list button[data-id="${id}"]`);
    if (row) {
      this.fillRow(row, this.map.stations.get(id));
    }
    this.count();
  }

  list() {
    const wanted = find("search").value.trim().toLowerCase();
    const found = [...this.map.stations.values()]
      .filter((station) => `${station.name} ${station.district}`.toLowerCase().includes(wanted))
      .sort((one, other) => one.status.freePacks - other.status.freePacks || one.name.localeCompare(other.name));
    const rows = found.slice(0, LISTED).map((station) => {
      const open = () => {
        this.map.centreOn(station.id);
        this.onOpen(station.id);
      };
      const button = h("button", { type: "button", data: { id: station.id }, onclick: open });
      this.fillRow(button, station);
      return h("li", {}, button);
    });
    find("station-list").replaceChildren(...rows);
    this.count(found.length);
  }

  count(found) {
    const all = [...this.map.stations.values()];
    if (all.length === 0) {
      find("count").textContent = "This network has no station yet: load one with `navswap seed`.";
      return;
    }
    const without = all.filter((station) => station.status.freePacks === 0).length;
    const listed = found === undefined || found <= LISTED ? "" : ` The first ${LISTED} of ${found} are listed.`;
    find("count").textContent = `${all.length} stations, ${without} without a free pack.${listed}`;
  }

  fillRow(button, station) {
    const { status } = station;
    const says = status.state === "OPEN" ? `${status.freePacks} free, ${status.queueLength} waiting` : status.state;
    const mark = h("i", { style: { background: `var(${shade(station, this.map.scale)})` } });
    button.replaceChildren(mark, h("span", {}, station.name), h("small", {}, says));
  }
}
