// A map on a canvas, drawn from the network's own data: streets, traffic, stations, and who moves. No tiles.

import { Ground, Marks } from "./pictures.js";
import { CLOSED, SCALES, shade } from "./scales.js";

const TILE = 256;
const STREET_ZOOM = 12; // streets are kept as one path in pixels of this zoom, so that a pan only moves the path
const GLIDE_MS = 900;
const ZOOM_ENDS_AFTER_MS = 160;
const MARGINS = { top: 70, bottom: 90 }; // what lies on the map, in pixels
const COLOURS = ["--ink", "--panel", "--map", "--street", "--rider", "--transporter", "--staff", "--accent", "--jam", CLOSED, ...SCALES.packs.steps.map((step) => step.name)];
const MOVER_COLOURS = { CONSUMER: "--rider", TRANSPORTER: "--transporter", STAFF: "--staff" };
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class NetworkMap {
  constructor(canvas, onPick, onHover) {
    this.canvas = canvas;
    this.onPick = onPick;
    this.onHover = onHover;
    this.stations = new Map();
    this.movers = new Map();
    this.cells = [];
    this.past = null;
    this.scale = "packs";
    this.layers = { traffic: true, movers: true, streets: true };
    this.streets = null;
    this.centre = { x: 0.5, y: 0.5 };
    this.zoom = 2;
    this.picked = null;
    this.pulses = new Map();
    this.ground = new Ground();
    this.groundVersion = 0;
    this.marks = new Marks();
    this.looks = ""; // what the pictures of stations depend on beside the stations themselves
    this.looksVersion = 0;
    this.zoomedAt = -Infinity;
    this.isDirty = false;
    this.readColours();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.readColours();
      this.redraw();
    });
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.resize();
    this.listen();
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(name).trim()]));
    this.marks.clear();
    this.looksVersion += 1;
    this.groundVersion += 1;
  }

  resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.size = { width, height, ratio };
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.redraw();
  }

  // What it shows

  setStreets(collection) {
    const lines = collection.features.filter((feature) => feature.geometry.type === "LineString").map((feature) => feature.geometry.coordinates);
    if (lines.length === 0) {
      return;
    }
    const origin = project(...lines[0][0]);
    const path = new Path2D();
    const scale = TILE * 2 ** STREET_ZOOM;
    for (const line of lines) {
      line.forEach(([longitude, latitude], index) => {
        const at = project(longitude, latitude);
        path[index ? "lineTo" : "moveTo"]((at.x - origin.x) * scale, (at.y - origin.y) * scale);
      });
    }
    this.streets = { origin, path };
    this.groundVersion += 1;
    this.redraw();
  }

  putStation(station) {
    const before = this.stations.get(station.id);
    const at = before?.at ?? project(station.location.longitude, station.location.latitude);
    this.stations.set(station.id, { ...station, at, picturedAs: -1 });
    if (before && before.status.freePacks !== station.status.freePacks && !STILL.matches) {
      this.pulses.set(station.id, performance.now());
    }
    this.redraw();
  }

  putWaits(waits) {
    for (const [id, wait] of waits) {
      const station = this.stations.get(id);
      if (station) {
        station.wait = wait;
        station.picturedAs = -1;
      }
    }
    this.redraw();
  }

  /** Show a moment of the past: statuses by station and movers; null shows the present again. */
  setPast(past) {
    this.past = past && {
      statuses: past.statuses,
      movers: past.movers.map((mover) => ({ role: mover.role, to: project(mover.longitude, mover.latitude) })),
    };
    this.groundVersion += 1;
    this.looksVersion += 1;
    this.redraw();
  }

  setCells(cells) {
    this.cells = cells
      .filter((cell) => cell.congestion > 0.1)
      .map((cell) => ({ ...cell, corners: cell.boundary.map(({ longitude, latitude }) => project(longitude, latitude)) }));
    this.groundVersion += 1;
    this.redraw();
  }

  putMovers(positions) {
    const now = performance.now();
    for (const position of positions) {
      const to = project(position.longitude, position.latitude);
      const before = this.movers.get(position.subjectId);
      const from = before && !STILL.matches ? glide(before, now) : to;
      this.movers.set(position.subjectId, { role: position.role, from, to, startedAt: now });
    }
    this.redraw();
  }

  dropMovers(ids) {
    ids.forEach((id) => this.movers.delete(id));
    this.redraw();
  }

  setScale(scale) {
    this.scale = scale;
    this.redraw();
  }

  setLayer(layer, isShown) {
    this.layers[layer] = isShown;
    this.groundVersion += 1;
    this.redraw();
  }

  /** A station as it is shown: with the status of the moment that is looked at. */
  seen(station) {
    const status = this.past?.statuses.get(station.id);
    return status ? { ...station, status, wait: null } : station;
  }

  // Where it looks

  /** Show all stations. */
  fit() {
    const points = [...this.stations.values()].map((station) => station.at);
    if (points.length === 0) {
      return;
    }
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const { width, height } = this.size;
    const room = Math.max((east - west) / (width - 60), (south - north) / (height - MARGINS.top - MARGINS.bottom), 1e-7);
    this.zoom = Math.min(17, Math.log2(1 / (room * TILE)));
    this.centre = { x: (west + east) / 2, y: (north + south + (room * (MARGINS.bottom - MARGINS.top))) / 2 };
    this.redraw();
  }

  /** The box that is seen, in degrees, a little larger. */
  box() {
    const { width, height } = this.size;
    const scale = this.pixels() / 1.3;
    const corner = (dx, dy) => unproject(this.centre.x + dx / scale, this.centre.y + dy / scale);
    const [northWest, southEast] = [corner(-width / 2, -height / 2), corner(width / 2, height / 2)];
    return {
      west: Math.max(-180, northWest[0]),
      south: Math.max(-85, southEast[1]),
      east: Math.min(180, southEast[0]),
      north: Math.min(85, northWest[1]),
    };
  }

  centreOn(id) {
    this.centre = { ...this.stations.get(id).at };
    this.zoom = Math.max(this.zoom, 14);
    this.redraw();
  }

  pixels() {
    return TILE * 2 ** this.zoom;
  }

  pan(dx, dy) {
    this.centre.x += dx / this.pixels();
    this.centre.y += dy / this.pixels();
    this.redraw();
  }

  zoomBy(change, x, y) {
    const { width, height } = this.size;
    const [fromX, fromY] = [(x ?? width / 2) - width / 2, (y ?? height / 2) - height / 2];
    const before = this.pixels();
    this.zoom = Math.max(2, Math.min(18, this.zoom + change));
    const after = this.pixels();
    this.centre.x += fromX / before - fromX / after;
    this.centre.y += fromY / before - fromY / after;
    this.zoomedAt = performance.now();
    setTimeout(() => this.redraw(), ZOOM_ENDS_AFTER_MS + 20);
    this.redraw();
  }

  // Drawing

  redraw() {
    if (!this.isDirty) {
      this.isDirty = true;
      requestAnimationFrame((now) => this.draw(now));
    }
  }

  draw(now) {
    this.isDirty = false;
    const { width, height, ratio } = this.size;
    const context = this.canvas.getContext("2d", { alpha: false });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = this.colours["--map"];
    context.fillRect(0, 0, width, height);
    const isZooming = now - this.zoomedAt < ZOOM_ENDS_AFTER_MS;
    const view = { context, now, isZooming, centre: this.centre, zoom: this.zoom, scale: this.pixels(), dx: width / 2, dy: height / 2, width, height, ratio };
    this.ground.show(context, view, this.groundVersion, (larger) => this.drawGround(larger));
    const isMoving = this.layers.movers && this.drawMovers(view);
    this.drawStations(view);
    const isPulsing = this.drawPulses(view);
    if (isMoving || isPulsing) {
      this.redraw();
    }
  }

  drawGround(view) {
    view.context.fillStyle = this.colours["--map"];
    view.context.fillRect(0, 0, view.width, view.height);
    if (this.layers.streets && this.streets) {
      this.drawStreets(view);
    }
    if (this.layers.traffic && !this.past) {
      this.drawCells(view);
    }
  }

  place(view, at) {
    return [(at.x - this.centre.x) * view.scale + view.dx, (at.y - this.centre.y) * view.scale + view.dy];
  }

  drawStreets(view) {
    const { context } = view;
    const [x, y] = this.place(view, this.streets.origin);
    const grown = 2 ** (this.zoom - STREET_ZOOM);
    context.save();
    context.translate(x, y);
    context.scale(grown, grown);
    context.strokeStyle = this.colours["--street"];
    context.lineJoin = context.lineCap = "round";
    context.lineWidth = Math.max(1, Math.min(9, (this.zoom - 11) * 1.6)) / grown;
    context.stroke(this.streets.path);
    context.restore();
  }

  drawCells(view) {
    const { context } = view;
    context.fillStyle = this.colours["--jam"];
    for (const cell of this.cells) {
      const [first, ...others] = cell.corners.map((corner) => this.place(view, corner));
      if (first[0] < -200 || first[1] < -200 || first[0] > view.width + 200 || first[1] > view.height + 200) {
        continue;
      }
      context.globalAlpha = 0.05 + 0.65 * Math.min(1, cell.congestion);
      context.beginPath();
      context.moveTo(...first);
      others.forEach((corner) => context.lineTo(...corner));
      context.closePath();
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** Draw who moves; returns whether one is still gliding. */
  drawMovers(view) {
    const { context, now, ratio, scale, centre } = view;
    const radius = halves(Math.max(1.8, Math.min(4.5, (this.zoom - 9) * 0.8)));
    const half = 2 * radius + 1;
    const pictures = new Map(Object.entries(MOVER_COLOURS).map(([role, colour]) => [role, this.marks.of(`${colour} ${radius} ${ratio}`, 2 * half, ratio, (own) => this.paintMover(own, colour, radius))]));
    let isMoving = false;
    context.setTransform(1, 0, 0, 1, 0, 0); // pictures are copied pixel by pixel
    for (const mover of (this.past?.movers ?? this.movers).values()) {
      let { x, y } = mover.to;
      const left = mover.startedAt === undefined ? 0 : Math.min(1, 1 - (now - mover.startedAt) / GLIDE_MS);
      if (left > 0) {
        isMoving = true;
        x += (mover.from.x - x) * left;
        y += (mover.from.y - y) * left;
      }
      x = (x - centre.x) * scale + view.dx;
      y = (y - centre.y) * scale + view.dy;
      if (x >= 0 && y >= 0 && x <= view.width && y <= view.height) {
        context.drawImage(pictures.get(mover.role) ?? pictures.get("STAFF"), Math.round((x - half) * ratio), Math.round((y - half) * ratio));
      }
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return isMoving;
  }

  /** A role has a shape, so that colour is not the only difference. */
  paintMover(context, colour, radius) {
    context.beginPath();
    if (colour === "--rider") {
      context.arc(0, 0, radius, 0, 2 * Math.PI);
    } else if (colour === "--transporter") {
      context.rect(-radius * 1.1, -radius * 1.1, radius * 2.2, radius * 2.2);
    } else {
      context.moveTo(0, -radius * 1.5);
      context.lineTo(radius * 1.4, radius);
      context.lineTo(-radius * 1.4, radius);
      context.closePath();
    }
    context.fillStyle = this.colours[colour];
    context.strokeStyle = this.colours["--map"];
    context.fill();
    context.stroke();
  }

  drawStations(view) {
    const { context, ratio, scale, centre } = view;
    const radius = halves(Math.max(3, Math.min(13, (this.zoom - 8.5) * 2)));
    const half = radius + 5;
    const looks = `${radius} ${ratio} ${this.scale}`;
    if (looks !== this.looks) {
      this.looks = looks;
      this.looksVersion += 1;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const station of this.stations.values()) {
      const x = (station.at.x - centre.x) * scale + view.dx;
      const y = (station.at.y - centre.y) * scale + view.dy;
      if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) {
        continue;
      }
      if (station.picturedAs !== this.looksVersion) {
        station.picture = this.pictureOf(station, radius, ratio);
        station.picturedAs = this.looksVersion;
      }
      context.drawImage(station.picture, Math.round((x - half) * ratio), Math.round((y - half) * ratio));
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawPicked(view, radius);
  }

  pictureOf(station, radius, ratio) {
    const seen = this.past ? this.seen(station) : station;
    const colour = shade(seen, this.scale);
    const isWaitedFor = seen.status.queueLength > 0;
    const text = radius < 7 ? "" : this.textOf(seen.status);
    return this.marks.of(`${colour} ${radius} ${ratio} ${isWaitedFor} ${text}`, 2 * radius + 10, ratio, (own) => this.paintStation(own, colour, radius, isWaitedFor, text));
  }

  textOf(status) {
    return status.state === "OPEN" ? `${this.scale === "queue" ? status.queueLength : status.freePacks}` : "×";
  }

  /** A disc with its number; a ring around it where riders are in the queue. */
  paintStation(context, colour, radius, isWaitedFor, text) {
    context.lineWidth = 1.5;
    if (isWaitedFor) {
      context.strokeStyle = this.colours["--ink"];
      ring(context, radius + 2.5);
    }
    context.fillStyle = this.colours[colour];
    context.strokeStyle = this.colours["--map"];
    ring(context, radius);
    context.fill();
    context.font = `600 ${Math.round(radius)}px Inter, system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = this.colours["--panel"];
    context.fillText(text, 0, 0.5);
  }

  drawPicked(view, radius) {
    const station = this.stations.get(this.picked);
    if (!station) {
      return;
    }
    const { context } = view;
    const [x, y] = this.place(view, station.at);
    const ring = new Path2D();
    circle(ring, x, y, radius + 5);
    context.lineWidth = 3;
    context.strokeStyle = this.colours["--accent"];
    context.stroke(ring);
  }

  /** A ring that grows where free packs have just changed. */
  drawPulses(view) {
    const { context, now } = view;
    for (const [id, startedAt] of this.pulses) {
      const age = (now - startedAt) / 1200;
      const station = this.stations.get(id);
      if (age >= 1 || !station) {
        this.pulses.delete(id);
        continue;
      }
      const [x, y] = this.place(view, station.at);
      const ring = new Path2D();
      circle(ring, x, y, 8 + 22 * Math.max(0, age));
      context.globalAlpha = 1 - Math.max(0, age);
      context.lineWidth = 2;
      context.strokeStyle = this.colours["--accent"];
      context.stroke(ring);
    }
    context.globalAlpha = 1;
    return this.pulses.size > 0;
  }

  // Hands

  listen() {
    const held = new Map();
    let moved = 0;
    this.canvas.addEventListener("pointerdown", (event) => {
      held.set(event.pointerId, event);
      moved = 0;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before) {
        this.onHover(this.nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
        return;
      }
      const other = [...held.values()].find((one) => one.pointerId !== event.pointerId);
      if (other) {
        const span = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
        this.zoomBy(Math.log2(span(event) / span(before)), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
      } else {
        this.pan(before.clientX - event.clientX, before.clientY - event.clientY);
      }
      moved += Math.abs(before.clientX - event.clientX) + Math.abs(before.clientY - event.clientY);
      held.set(event.pointerId, event);
    });
    this.canvas.addEventListener("pointerup", (event) => {
      const station = held.size === 1 && moved < 5 ? this.nearest(event.offsetX, event.offsetY) : null;
      held.delete(event.pointerId);
      if (station) {
        this.onPick(station.id);
      }
    });
    this.canvas.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
    this.canvas.addEventListener("pointerleave", () => this.onHover(null));
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

  /** The station at a point of the canvas; null where none is within 20 pixels. */
  nearest(x, y) {
    const view = { scale: this.pixels(), dx: this.size.width / 2, dy: this.size.height / 2 };
    let nearest = null;
    let least = 20;
    for (const station of this.stations.values()) {
      const [stationX, stationY] = this.place(view, station.at);
      const apart = Math.hypot(stationX - x, stationY - y);
      if (apart < least) {
        least = apart;
        nearest = station;
      }
    }
    return nearest;
  }
}

/** Where a mover is on its way from the last position to the newest. */
function glide(mover, now) {
  const share = Math.min(1, Math.max(0, (now - mover.startedAt) / GLIDE_MS));
  return { x: mover.from.x + (mover.to.x - mover.from.x) * share, y: mover.from.y + (mover.to.y - mover.from.y) * share };
}

function circle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

function ring(context, radius) {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.stroke();
}

/** A size in steps of half a pixel, so that few pictures are needed for it. */
function halves(size) {
  return Math.round(2 * size) / 2;
}

function project(longitude, latitude) {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

function unproject(x, y) {
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  return [(x - 0.5) * 360, latitude];
}
