// Time travel: the map as it was at a moment of the last hours.

import { clockTime, find } from "./dom.js";

const HOURS = 12;
const REFRESH_MS = 60_000;

export class History {
  constructor(map, session) {
    this.map = map;
    this.session = session;
    this.moments = [];
    this.slider = find("time-slider");
    this.asked = 0;
    this.slider.addEventListener("input", () => this.travel().catch(() => this.goLive()));
    find("time-live").addEventListener("click", () => this.goLive());
    find("time").addEventListener("submit", (event) => event.preventDefault());
    setInterval(() => document.visibilityState === "visible" && this.isOpen && this.refresh().catch(() => {}), REFRESH_MS);
  }

  get isOpen() {
    return !find("time").hidden;
  }

  get isLive() {
    return Number(this.slider.value) >= this.moments.length;
  }

  /** Show the slider to those who may look back. */
  open(isAllowed) {
    find("time").hidden = !isAllowed;
    this.moments = [];
    this.goLive();
    return isAllowed ? this.refresh().catch(() => {}) : null;
  }

  async refresh() {
    const until = new Date(Date.now() + 1000);
    const since = new Date(until.getTime() - HOURS * 3_600_000);
    const { networkHistory } = await this.session.ask("NetworkHistory", { since: since.toISOString(), until: until.toISOString() });
    const shown = this.isLive ? null : this.moments[Number(this.slider.value)].recordedAt;
    this.moments = networkHistory ?? [];
    this.slider.max = `${this.moments.length}`;
    const index = this.moments.findIndex((moment) => moment.recordedAt === shown);
    this.slider.value = `${index < 0 ? this.moments.length : index}`;
    this.slider.disabled = this.moments.length === 0;
    if (shown !== null && index < 0) {
      return this.goLive(); // what was looked at is longer ago than the slider reaches
    }
    this.say();
  }

  goLive() {
    this.slider.max = this.slider.value = `${this.moments.length}`;
    return this.travel();
  }

  async travel() {
    this.say();
    const asked = ++this.asked;
    if (this.isLive) {
      this.map.setPast(null);
      return;
    }
    const { recordedAt } = this.moments[Number(this.slider.value)];
    const { networkSnapshot } = await this.session.ask("NetworkSnapshot", { at: recordedAt });
    if (asked === this.asked && networkSnapshot) {
      const statuses = networkSnapshot.stations.filter((one) => one.station).map(({ station, ...status }) => [station.id, status]);
      this.map.setPast({ statuses: new Map(statuses), movers: networkSnapshot.movers.map(({ role, location }) => ({ role, ...location })) });
    }
  }

  say() {
    const moment = this.isLive ? null : this.moments[Number(this.slider.value)];
    const says = moment ? `${clockTime(moment.recordedAt)}, ${moment.queueLength} in queues` : this.moments.length ? "Live" : "Live, no past yet";
    find("time-says").value = says;
    this.slider.setAttribute("aria-valuetext", says);
    find("time-live").hidden = moment === null;
    find("map-panel").toggleAttribute("data-past", moment !== null);
  }
}
