"""Transporters of the twin: where each is, what it carries, and what chance decides of it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from navswap.features.logistics.domain import matching
from navswap.features.logistics.domain.values import JobOffer, Transporter
from navswap.features.packs.domain.values import Pack
from navswap.kit.geo import Point, distance_metres
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.people import Answer, PeopleParameters, transporter_answer
from navswap.simulation.world.places import Carrier, key_of
from navswap.simulation.world.working_time import WorkingTime

EARNED_OVER_MINUTES = 24 * 60.0
"""The span over which what a transporter earned counts in fairness."""
DRAWS_A_JOB = 5
LEAST_LEFT_MINUTES = 45.0
"""No job is offered so shortly before a break, or the end of a shift; one that takes longer is finished all the same."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What transporters do, as shares of the jobs and in minutes.

    Who abandons a job has taken it and never fetches it; who breaks down has its packs on board. A drive takes from as long
    as usual to `slowest_drive` times as long.
    """

    people: PeopleParameters = field(default_factory=lambda: PeopleParameters(answer_minutes=0.4))
    """How willing they are; they answer sooner than others, since an offer lapses within a minute."""
    abandons: float = 0.02
    breaks_down: float = 0.01
    slowest_drive: float = 1.4
    stop_minutes: float = 4.0
    """What each stop takes, to park and to unlock."""
    pack_minutes: float = 0.5
    """What it takes to lift one pack."""


@dataclass(slots=True)
class Vehicle:
    """A transporter and its vehicle.

    `job_id` is the job under way, `is_returning` whether packs of a failed one are brought to any station with room.
    """

    number: int
    key: int
    transporter: Transporter
    point: Point
    hours: WorkingTime
    job_id: str | None = None
    is_returning: bool = False
    offers: dict[str, JobOffer] = field(default_factory=dict)
    """Offers that wait for an answer: several where jobs are offered to all at once."""
    on_board: dict[str, Pack] = field(default_factory=dict)
    earned: deque[tuple[float, int]] = field(default_factory=deque)
    _earned_credits: int = 0

    @property
    def is_free(self) -> bool:
        """Return whether it has nothing to do."""
        return self.job_id is None and not (self.offers or self.is_returning or self.on_board)

    def may_be_offered(self, now: float) -> bool:
        """Return whether it can be offered a job: free, online, and with the time for one before the next break."""
        stretch = self.hours.find(now) if self.is_free and self.transporter.is_online else None
        return stretch is not None and stretch.ends - now >= LEAST_LEFT_MINUTES

    def earn(self, now: float, credits_paid: int) -> None:
        """Take the pay for a job."""
        self.earned.append((now, credits_paid))
        self._earned_credits += credits_paid

    def as_carrier(self, now: float) -> matching.Carrier:
        """Return what matching needs of it."""
        while self.earned and self.earned[0][0] <= now - EARNED_OVER_MINUTES:
            self._earned_credits -= self.earned.popleft()[1]
        return matching.Carrier(
            self.transporter.id,
            self.point,
            self.transporter.capacity_packs - len(self.on_board),
            self.transporter.free_since,
            self._earned_credits,
        )


class Fate:
    """Draws what transporters do with jobs, by the transporter and the number of the job alone."""

    def __init__(self, draws: Draws, habits: Habits) -> None:
        self._draws = draws
        self.habits = habits

    def answer(self, vehicle: Vehicle, job: int, origin: Point) -> Answer:
        """Return how a transporter answers the offer of a job, and when."""
        km = distance_metres(vehicle.point, origin) / 1000
        return transporter_answer(self._draws, vehicle.key, job, km, self.habits.people)

    def abandons(self, vehicle: Vehicle, job: int) -> bool:
        """Return whether a job that was taken is never fetched."""
        return self._draw(vehicle, job, 0) < self.habits.abandons

    def breaks_down(self, vehicle: Vehicle, job: int) -> bool:
        """Return whether the vehicle breaks down with the packs on board."""
        return self._draw(vehicle, job, 1) < self.habits.breaks_down

    def slowness(self, vehicle: Vehicle, job: int, leg: int) -> float:
        """Return how many times as long as usual a leg takes: 0 to the origin, 1 to the target, 2 to where there is room."""
        return 1.0 + self._draw(vehicle, job, 2 + leg) * (self.habits.slowest_drive - 1.0)

    def _draw(self, vehicle: Vehicle, job: int, what: int) -> float:
        """Return a draw of its own: answers are drawn by indexes from 0 on, these by those below 0."""
        return self._draws.uniform(Purpose.TRANSPORTER_ANSWER, vehicle.key, -1 - DRAWS_A_JOB * job - what)


def vehicles_of(carriers: Sequence[Carrier], online: Sequence[Transporter], draws: Draws) -> list[Vehicle]:
    """Return the vehicles of transporters that have come online, each at home."""
    return [
        Vehicle(
            number,
            key_of(carrier.id),
            transporter,
            carrier.home,
            WorkingTime.of_transporter(draws, key_of(carrier.id)),
        )
        for number, (carrier, transporter) in enumerate(zip(carriers, online, strict=True))
    ]
