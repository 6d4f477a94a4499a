"""How fast vehicles are in a run that is recorded, by cell and zone, every five minutes: what probes would measure.

Around each station traffic is as slow as its rides are (hour, rain, incidents); each cell has a free speed of its own, feels
the rush more or less, and drifts by chance for some ten minutes. Few probes measure less exactly.
"""

from collections import deque
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from navswap.features.traffic.domain.congestion import Observation
from navswap.features.traffic.domain.probes import cell_of
from navswap.features.traffic.domain.speeds import LATE, SPAN, cell_speeds, zone_speeds
from navswap.features.traffic.events import speeds_measured
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.run import Run
from navswap.simulation.world.places import key_of

MINUTE = timedelta(minutes=1)
SPAN_MINUTES, LATE_MINUTES = SPAN / MINUTE, LATE / MINUTE
PROBE_SECONDS = 25.0
"""Time that one probe covers."""
PROBES = 7.0
"""Probes of a cell in five minutes with a usual station in it, at an hour like any other."""
USUAL_SWAPS_A_DAY = 50.0
NIGHT_SHARE = 0.25
"""Share of the vehicles that are out when no road is slow."""
RUSH_SHARE = 2.2
"""Vehicles more for each time as long that ways take."""
FREE_FROM, FREE_SPREAD = 0.8, 0.6
"""The free speed of a cell over the usual one: from, and how much more at most."""
FEEL_FROM, FEEL_SPREAD = 0.6, 0.9
"""How much a cell feels what slows the city down, likewise."""
DRIFT_STEPS, DRIFT_KEPT, DRIFT = 12, 0.8, 0.09
"""Steps back that the drift of a cell remembers, what it keeps from each to the next, and its standard deviation (log)."""
PROBE_SPREAD = 0.2
"""Standard deviation of the speed of one probe over that of all."""


class RoadSpeeds:
    """Publishes the speeds of every five minutes a minute after them; it changes nothing of the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        stations: dict[str, list[int]] = {}
        for index, site in enumerate(run.city.stations):
            stations.setdefault(cell_of(site.point), []).append(index)
        self._cells = sorted(stations)
        self._stations = [stations[cell] for cell in self._cells]
        self._zones = {
            cell: zone
            for cell, near in stations.items()
            if (zone := run.city.stations[near[0]].zone) is not None
        }
        self._keys = np.array([key_of(cell) for cell in self._cells], dtype=np.int64)
        usual = run.parameters.swapping.roads.rider_kmh
        self._free = usual * (FREE_FROM + FREE_SPREAD * self._uniforms(Purpose.LOCAL_TRAFFIC, -1))
        self._feel = FEEL_FROM + FEEL_SPREAD * self._uniforms(Purpose.LOCAL_TRAFFIC, -2)
        swaps = [sum(run.city.stations[index].swaps_a_day for index in near) for near in self._stations]
        self._busy = np.sqrt(np.array(swaps) / USUAL_SWAPS_A_DAY)
        self._free_flow = dict(zip(self._cells, self._free.tolist(), strict=True))
        kept = DRIFT_KEPT ** np.arange(DRIFT_STEPS)
        self._weights = kept / np.sqrt(kept @ kept)
        self._normals: deque[npt.NDArray[np.float64]] = deque(maxlen=DRIFT_STEPS)
        self._span = 0

    def start(self) -> None:
        """Put the first speeds on the agenda."""
        self._run.agenda.at(SPAN_MINUTES + LATE_MINUTES, self._measure, None)

    def _measure(self, now: float, about: object) -> None:
        run, ended = self._run, now - LATE_MINUTES
        run.agenda.at(now + SPAN_MINUTES, self._measure, about)
        ends_at = run.agenda.moment_of(ended)
        observed = self._observe(ended)
        cells = cell_speeds(observed, self._free_flow, 0.0, ends_at)
        run.publish(
            speeds_measured(ends_at, SPAN, cells, zone_speeds(cells, self._zones)), now, happened=ended
        )
        self._span += 1

    def _observe(self, ended: float) -> dict[str, Observation]:
        """Return what the probes of the span that has ended add up to, by cell; cells without any are left out."""
        middle = ended - SPAN_MINUTES / 2
        slow = np.array(
            [max([self._run.slow_down(index, middle) for index in near]) for near in self._stations]
        )
        self._normals.appendleft(self._normal(Purpose.LOCAL_TRAFFIC, self._span))
        drift = self._weights[: len(self._normals)] @ np.array(self._normals)
        speed = self._free / (1 + (slow - 1) * self._feel) * np.exp(DRIFT * drift)
        expected = PROBES * self._busy * (NIGHT_SHARE + RUSH_SHARE * (slow - 1))
        scatter = self._normal(Purpose.PROBE, 2 * self._span)
        probes = np.maximum(0, np.rint(expected + np.sqrt(expected) * scatter)).astype(np.int64)
        error = (
            self._normal(Purpose.PROBE, 2 * self._span + 1) * PROBE_SPREAD / np.sqrt(np.maximum(probes, 1))
        )
        measured = speed * np.maximum(0.2, 1 + error)
        latest = self._run.agenda.moment_of(ended - 1.0)
        return {
            cell: Observation(count, kmh / 3.6 * PROBE_SECONDS * count, PROBE_SECONDS * count, latest)
            for cell, count, kmh in zip(self._cells, probes.tolist(), measured.tolist(), strict=True)
            if count
        }

    def _uniforms(self, purpose: Purpose, index: int) -> npt.NDArray[np.float64]:
        return self._run.draws.uniforms(purpose, self._keys, index)

    def _normal(self, purpose: Purpose, index: int) -> npt.NDArray[np.float64]:
        return np.asarray(ndtri(np.maximum(1e-12, self._uniforms(purpose, index))), dtype=np.float64)
