"""Technicians of a run: on shift they drive to a ticket, work there, and take the next one."""

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from navswap.kit.geo import Point, distance_metres
from navswap.simulation.engine.bays import NEVER
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.world.places import Worker, key_of
from navswap.simulation.world.working_time import WorkingTime

Done = Callable[[float, str], None]
"""Takes the minute at which work is done, and who did it."""
LOOKS_AGAIN_MINUTES = 60.0
"""Until waiting calls are looked at again where all technicians are at work."""
LONGEST_CALL_MINUTES = 180.0
"""No call is planned with more: one that takes longer is finished after the end of the shift."""


@dataclass(slots=True)
class Technician:
    """A person who repairs, where that person is, and when that person works; without hours always."""

    id: str
    at: Point
    hours: WorkingTime | None = None
    is_busy: bool = False

    def has_time(self, now: float, minutes: float) -> bool:
        """Return whether a call of so many minutes is done by the next break, or the end of the shift."""
        if self.hours is None:
            return True
        stretch = self.hours.find(now)
        return stretch is not None and now + min(minutes, LONGEST_CALL_MINUTES) <= stretch.ends


@dataclass(order=True, slots=True)
class Call:
    """A repair that waits for a technician, in the order of the calls."""

    number: int
    station: SimStation = field(compare=False)
    work_minutes: float = field(compare=False)
    done: Done = field(compare=False)


class Technicians:
    """Sends the nearest technician who is free and has the time; where there is none, calls wait in line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._roads = run.parameters.swapping.roads
        places = {site.id: site.point for site in run.city.stations}
        workers = [worker for worker in run.city.staff if worker.technician] or list(run.city.staff)
        self._people = [self._technician(worker, places[worker.home_station]) for worker in workers]
        if not self._people:
            self._people = [Technician("technician", run.city.centre)]
        self._waiting: list[Call] = []
        self._numbers = itertools.count()
        self._looks_at = NEVER

    @property
    def people(self) -> Sequence[Technician]:
        """Return all technicians."""
        return self._people

    def send(self, now: float, station: SimStation, work_minutes: float, done: Done) -> None:
        """Have a station repaired as soon as a technician is free."""
        heapq.heappush(self._waiting, Call(next(self._numbers), station, work_minutes, done))
        self._assign(now)

    def _technician(self, worker: Worker, home: Point) -> Technician:
        hours = WorkingTime.of_staff(self._run.draws, key_of(worker.id), worker.shift)
        return Technician(worker.id, home, hours)

    def _assign(self, now: float) -> None:
        """Send who can go, the calls in their order; a call that no one has time for holds back no shorter one."""
        left = []
        while self._waiting:
            call = heapq.heappop(self._waiting)
            if not self._send_nearest(now, call):
                left.append(call)
        self._waiting = left  # in order, so a heap
        if left:
            self._look_later(now)

    def _send_nearest(self, now: float, call: Call) -> bool:
        """Send the nearest technician who has the time; False where there is none."""
        target = call.station.value.information.point
        slow_down = self._run.slow_down(call.station.index, now)
        nearest, least = None, NEVER
        for person in self._people:
            if not person.is_busy and (metres := distance_metres(person.at, target)) < least:
                drive = self._roads.carry_minutes(metres) * slow_down
                if person.has_time(now, drive + call.work_minutes):
                    nearest, least = person, metres
        if nearest is None:
            return False
        minutes = self._roads.carry_minutes(least) * slow_down + call.work_minutes
        nearest.is_busy, nearest.at = True, target
        self._run.kpis.staff_minutes += minutes
        self._run.agenda.at(now + minutes, self._finish, (nearest, call))
        return True

    def _look_later(self, now: float) -> None:
        """Look at the waiting calls again when the next technician begins to work."""
        hours = [person.hours for person in self._people if person.hours is not None]
        due = min((of_person.next_begin(now) for of_person in hours), default=now + LOOKS_AGAIN_MINUTES)
        if not now < self._looks_at <= due:
            self._looks_at = due
            self._run.agenda.at(due, self._look, None)

    def _look(self, now: float, about: object) -> None:  # noqa: ARG002 - the agenda hands it on
        self._looks_at = NEVER
        self._assign(now)

    def _finish(self, now: float, about: tuple[Technician, Call]) -> None:
        technician, call = about
        technician.is_busy = False
        call.done(now, technician.id)
        self._assign(now)
