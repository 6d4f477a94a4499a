// A map on a canvas, drawn from the network's own data: streets, stations, and who moves. No tiles.

const TILE = 256;
const COLOURS = ["--good", "--low", "--none", "--closed", "--street", "--ink", "--rider", "--transporter", "--staff", "--page"];

export class NetworkMap {
  constructor(canvas, onPick) {
    this.canvas = canvas;
    this.onPick = onPick;
    this.stations = new Map();
    this.movers = new Map();
    this.streets = [];
    this.centre = { x: 0.5, y: 0.5 };
    this.zoom = 2;
    this.isDirty = false;
    this.picked = null;
    this.readColours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.readColours();
      this.redraw();
    });
    new ResizeObserver(() => this.redraw()).observe(canvas);
    this.listen();
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(name).trim()]));
  }

  setStreets(collection) {
    this.streets = collection.features
      .filter((feature) => feature.geometry.type === "LineString")
      .map((feature) => feature.geometry.coordinates.map(([longitude, latitude]) => project(longitude, latitude)));
    this.redraw();
  }

  putStation(station) {
    this.stations.set(station.id, { ...station, at: project(station.location.longitude, station.location.latitude) });
    this.redraw();
  }

  putMovers(positions) {
    for (const position of positions) {
      this.movers.set(position.subjectId, { role: position.role, at: project(position.longitude, position.latitude) });
    }
    this.redraw();
  }

  dropMovers(ids) {
    ids.forEach((id) => this.movers.delete(id));
    this.redraw();
  }

  /** Show all stations. */
  fit() {
    const points = [...this.stations.values()].map((station) => station.at);
    if (points.length === 0) {
      return;
    }
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.centre = { x: (west + east) / 2, y: (north + south) / 2 };
    const { width, height } = this.canvas.getBoundingClientRect();
    const room = Math.max((east - west) / width, (south - north) / height, 1e-7) * 1.15;
    this.zoom = Math.min(17, Math.log2(1 / (room * TILE)));
    this.redraw();
  }

  /** The box that is seen, in degrees, a little larger. */
  box() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const scale = this.scale() / 1.3;
    const corner = (dx, dy) => unproject(this.centre.x + dx / scale, this.centre.y + dy / scale);
    const [northWest, southEast] = [corner(-width / 2, -height / 2), corner(width / 2, height / 2)];
    return { west: northWest[0], south: southEast[1], east: southEast[0], north: northWest[1] };
  }

  centreOn(station) {
    this.centre = { ...this.stations.get(station.id).at };
    this.zoom = Math.max(this.zoom, 14);
    this.redraw();
  }

  scale() {
    return TILE * 2 ** this.zoom;
  }

  redraw() {
    if (!this.isDirty) {
      this.isDirty = true;
      requestAnimationFrame(() => this.draw());
    }
  }

  draw() {
    this.isDirty = false;
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.colours["--page"];
    context.fillRect(0, 0, width, height);
    const scale = this.scale();
    const place = (point) => [
      (point.x - this.centre.x) * scale + width / 2,
      (point.y - this.centre.y) * scale + height / 2,
    ];
    this.drawStreets(context, place);
    this.drawStations(context, place, width, height);
    this.drawMovers(context, place, width, height);
  }

  drawStreets(context, place) {
    context.strokeStyle = this.colours["--street"];
    context.lineWidth = Math.max(1, this.zoom - 10);
    context.beginPath();
    for (const street of this.streets) {
      street.forEach((point, index) => (index ? context.lineTo(...place(point)) : context.moveTo(...place(point))));
    }
    context.stroke();
  }

  drawStations(context, place, width, height) {
    const radius = Math.max(4, Math.min(12, this.zoom - 4));
    context.font = `${Math.round(radius)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const station of this.stations.values()) {
      const [x, y] = place(station.at);
      if (x < -20 || y < -20 || x > width + 20 || y > height + 20) {
        continue;
      }
      context.fillStyle = this.colours[`--${shade(station.status)}`];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      context.lineWidth = station.id === this.picked ? 4 : Math.min(4, station.status.queueLength);
      if (context.lineWidth > 0 && (station.id === this.picked || station.status.queueLength > 0)) {
        context.strokeStyle = this.colours["--ink"];
        context.stroke();
      }
      if (radius >= 8) {
        context.fillStyle = this.colours["--page"];
        context.fillText(`${station.status.freePacks}`, x, y + 0.5);
      }
    }
  }

  drawMovers(context, place, width, height) {
    for (const mover of this.movers.values()) {
      const [x, y] = place(mover.at);
      if (x < 0 || y < 0 || x > width || y > height) {
        continue;
      }
      const kind = { CONSUMER: "--rider", TRANSPORTER: "--transporter" }[mover.role] ?? "--staff";
      context.fillStyle = this.colours[kind];
      context.fillRect(x - 2.5, y - 2.5, 5, 5);
    }
  }

  listen() {
    let held = null;
    let moved = 0;
    this.canvas.addEventListener("pointerdown", (event) => {
      held = event;
      moved = 0;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (held === null) {
        return;
      }
      const [dx, dy] = [event.clientX - held.clientX, event.clientY - held.clientY];
      moved += Math.abs(dx) + Math.abs(dy);
      this.pan(-dx, -dy);
      held = event;
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (held !== null && moved < 5) {
        this.pick(event.offsetX, event.offsetY);
      }
      held = null;
    });
    this.canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoomBy(-event.deltaY / 300, event.offsetX, event.offsetY);
      },
      { passive: false },
    );
    this.canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] }[event.key];
      if (step) {
        event.preventDefault();
        this.pan(...step);
      } else if (event.key === "+" || event.key === "-") {
        this.zoomBy(event.key === "+" ? 0.5 : -0.5);
      }
    });
  }

  pan(dx, dy) {
    this.centre.x += dx / this.scale();
    this.centre.y += dy / this.scale();
    this.redraw();
  }

  zoomBy(change, x, y) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const [fromX, fromY] = [(x ?? width / 2) - width / 2, (y ?? height / 2) - height / 2];
    const before = this.scale();
    this.zoom = Math.max(2, Math.min(18, this.zoom + change));
    const after = this.scale();
    this.centre.x += fromX / before - fromX / after;
    this.centre.y += fromY / before - fromY / after;
    this.redraw();
  }

  pick(x, y) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const scale = this.scale();
    let nearest = null;
    let least = 20;
    for (const station of this.stations.values()) {
      const dx = (station.at.x - this.centre.x) * scale + width / 2 - x;
      const dy = (station.at.y - this.centre.y) * scale + height / 2 - y;
      if (Math.hypot(dx, dy) < least) {
        least = Math.hypot(dx, dy);
        nearest = station;
      }
    }
    if (nearest) {
      this.onPick(nearest.id);
    }
  }
}

/** How a station fares, as the legend has it. */
export function shade(status) {
  if (status.state !== "OPEN") {
    return "closed";
  }
  return status.freePacks >= 3 ? "good" : status.freePacks > 0 ? "low" : "none";
}

function project(longitude, latitude) {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

function unproject(x, y) {
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  return [(x - 0.5) * 360, latitude];
}
