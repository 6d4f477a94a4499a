"""Technicians of a run: they drive to a ticket, work there, and take the next one."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from navswap.kit.geo import Point, distance_metres
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation

Done = Callable[[float, str], None]
"""Takes the minute at which work is done, and who did it."""


@dataclass(slots=True)
class Technician:
    """A person who repairs, and where that person is."""

    id: str
    at: Point
    is_busy: bool = False


@dataclass(order=True, slots=True)
class Call:
    """A repair that waits for a technician, in the order of the calls."""

    number: int
    station: SimStation = field(compare=False)
    work_minutes: float = field(compare=False)
    done: Done = field(compare=False)


class Technicians:
    """Sends the nearest free technician; where none is free, calls wait in line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        places = {site.id: site.point for site in run.city.stations}
        workers = [worker for worker in run.city.staff if worker.technician] or list(run.city.staff)
        self._people = [Technician(worker.id, places[worker.home_station]) for worker in workers]
        if not self._people:
            self._people = [Technician("technician", run.city.centre)]
        self._waiting: list[Call] = []
        self._numbers = itertools.count()

    def send(self, now: float, station: SimStation, work_minutes: float, done: Done) -> None:
        """Have a station repaired as soon as a technician is free."""
        heapq.heappush(self._waiting, Call(next(self._numbers), station, work_minutes, done))
        self._assign(now)

    def _assign(self, now: float) -> None:
        while self._waiting and (free := [person for person in self._people if not person.is_busy]):
            call = heapq.heappop(self._waiting)
            target = call.station.value.information.point
            nearest = min(free, key=lambda person: (distance_metres(person.at, target), person.id))
            roads = self._run.parameters.swapping.roads
            drive = roads.carry_minutes(distance_metres(nearest.at, target))
            drive *= self._run.slow_down(call.station.index, now)
            nearest.is_busy, nearest.at = True, target
            self._run.kpis.staff_minutes += drive + call.work_minutes
            self._run.agenda.at(now + drive + call.work_minutes, self._finish, (nearest, call))

    def _finish(self, now: float, about: tuple[Technician, Call]) -> None:
        technician, call = about
        technician.is_busy = False
        call.done(now, technician.id)
        self._assign(now)
