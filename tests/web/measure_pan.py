"""How smoothly the dashboard's map pans: `uv run python -m tests.web.measure_pan`.

1,433 stations and 500 movers on the streets of the demonstration city, with 300 congested cells. Every mover gets a new position
each second, as it does live, 60 stations a new status, and at one time all of them, as after a lost connection, while the map
is moved in each frame for ten seconds. Printed are the times between frames, the number of them that came late, the time that one
drawing takes, what the longest drawings of the ground and the longest batches took, and the long tasks (above 50 ms) that the
browser counted.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from navswap.web import dashboard
from tests.edge.serving import serving
from tests.web.browser import chromium, new_page

STREETS = Path(__file__).parents[2] / "seeds" / "streets.geojson"
SIZES = ((1440, 900), (390, 844))

SCRIPT = """
(async () => {
  const { map, stations } = navswap;
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const place = () => ({ longitude: 71.21 + 0.08 * random(), latitude: 27.075 + 0.05 * random() });
  for (let number = 0; number < 1433; number += 1) {
    const status = { state: "OPEN", freePacks: Math.floor(9 * random()), queueLength: Math.floor(3 * random()) };
    map.putStation({ id: `s${number}`, name: `Station ${number}`, location: place(), status });
  }
  const movers = Array.from({ length: 500 }, (_, number) => ({ subjectId: `m${number}`, role: ["CONSUMER", "TRANSPORTER", "STAFF"][number % 3], ...place() }));
  const move = () => movers.forEach((mover) => { mover.longitude += 0.001 * (random() - 0.5); mover.latitude += 0.001 * (random() - 0.5); });
  map.setCells(Array.from({ length: 300 }, (_, number) => {
    const centre = place();
    const boundary = Array.from({ length: 6 }, (_, corner) => ({
      longitude: centre.longitude + 0.002 * Math.cos((corner * Math.PI) / 3), latitude: centre.latitude + 0.002 * Math.sin((corner * Math.PI) / 3) }));
    return { cell: `c${number}`, congestion: random(), boundary };
  }));
  map.fit();
  stations.list();
  const ids = [...map.stations.keys()];
  const change = (some) => some.forEach((id) => stations.put(id, { state: "OPEN", freePacks: Math.floor(9 * random()), queueLength: Math.floor(3 * random()) }));
  const longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  const drawings = [];
  const draw = map.draw.bind(map);
  map.draw = (now) => { const begin = performance.now(); draw(now); drawings.push(performance.now() - begin); };
  const [grounds, batches] = [[], []];
  const drawGround = map.drawGround.bind(map);
  map.drawGround = (view) => { const begin = performance.now(); drawGround(view); grounds.push(performance.now() - begin); };
  const frames = [];
  await new Promise((resolve) => {
    let last = null;
    const begin = performance.now();
    let moved = begin;
    const step = (now) => {
      if (last !== null) { frames.push(now - last); }
      last = now;
      if (now - moved > 1000) {
        moved = now;
        move();
        const started = performance.now();
        map.putMovers(movers);
        change(batches.length === 5 ? ids : ids.filter(() => random() < 60 / ids.length));
        batches.push(performance.now() - started);
      }
      const angle = (now - begin) / 700;
      map.pan(6 * Math.cos(angle), 6 * Math.sin(angle));
      return now - begin < 10_000 ? requestAnimationFrame(step) : resolve();
    };
    requestAnimationFrame(step);
  });
  const sorted = (values) => [...values].sort((one, other) => one - other);
  const at = (values, share) => Number(sorted(values)[Math.floor(share * (values.length - 1))].toFixed(2));
  return { frames: frames.length, frameMsP50: at(frames, 0.5), frameMsP99: at(frames, 0.99), late: frames.filter((one) => one > 25).length,
    drawMsP50: at(drawings, 0.5), drawMsP99: at(drawings, 0.99), longestDrawMs: at(drawings, 1), grounds: grounds.length, longestGroundMs: at(grounds, 1),
    longestBatchMs: at(batches, 1), longTasks: longTasks.length, longestTaskMs: Math.max(0, ...longTasks) };
})()
"""


async def measure() -> list[dict[str, Any]]:
    """Return the figures of each size of the window."""
    found = []
    app = Starlette(routes=dashboard.routes(lambda: STREETS))
    async with serving(app) as address, chromium() as devtools:
        for width, height in SIZES:
            async with new_page(devtools) as page:
                await page.look(width, height)
                await page.visit(f"http://{address}/")
                await page.until("globalThis.navswap?.map.streets")
                found.append({"window": f"{width} x {height}", **await page.run(SCRIPT)})
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure()), indent=1) + "\n")
