"""What an operator may set of logistics."""

from dataclasses import dataclass, field
from datetime import timedelta

from navswap.kit.presence import PlaceProof
from navswap.kit.roads import RoadParameters


@dataclass(frozen=True, slots=True)
class PayParameters:
    """What a job pays, in credits (hundredths of the currency unit)."""

    trip_credits: int = 1_500
    """For going at all."""
    minute_credits: int = 150
    """For a minute of the trip from origin to target."""
    pack_credits: int = 300
    """For lifting one pack out of a slot and into another one."""
    promise_factor: float = 1.25
    """A load with promised packs pays so much more: a rider waits for it."""


@dataclass(frozen=True, slots=True)
class JobParameters:
    """How long a job may take, and how often it is given out again."""

    open_for: timedelta = timedelta(minutes=30)
    """How long a job stays open; its plan is outdated then, and the next one decides again."""
    handling: timedelta = timedelta(minutes=20)
    """Time to unlock, lift and scan at both ends."""
    drive_allowance: float = 1.5
    """How many times as long as expected a drive may take before it is late."""
    max_attempts: int = 3
    """So many transporters may take a job and not fetch it; then it fails."""


@dataclass(frozen=True, slots=True)
class MatchingParameters:
    """Who is offered a job, and how much fairness weighs against distance."""

    offer_life: timedelta = timedelta(seconds=60)
    """How long a transporter has to answer."""
    max_pickup_minutes: float = 60.0
    """A job whose origin is farther away is not offered."""
    fairness_minutes: float = 10.0
    """What waiting long, and having earned little, is worth at most, each; a detour up to that is taken for it."""
    long_wait_minutes: float = 60.0
    """Having waited so long is waiting long."""
    missed_minutes: float = 15.0
    """What it costs that a transporter let an offer of the same job expire: others come first."""
    promise_minutes: float = 60.0
    """What a load with promised packs is worth on top, where there are fewer transporters than jobs."""
    exclusive_rounds: int = 2
    """So many times a job is offered to one transporter alone; then to all who can take it, and the first wins."""
    candidates: int = 32
    """Cheapest transporters of a job that the assignment looks at."""
    broadcast: int = 50
    """Most transporters that a job is offered to at once."""
    roads: RoadParameters = field(default_factory=RoadParameters)

    @property
    def left_open_minutes(self) -> float:
        """Return the cost of leaving a job open until the next batch: more than any offer of it costs."""
        return self.max_pickup_minutes + 2 * self.fairness_minutes + self.missed_minutes + 1


@dataclass(frozen=True, slots=True)
class PlanningParameters:
    """How often and how far ahead is planned, what a pack is worth moving, and how large loads are."""

    interval: timedelta = timedelta(minutes=15)
    """How often the schedule plans."""
    horizon: timedelta = timedelta(hours=2)
    """How far ahead a plan looks where the request does not say."""
    worth_minutes: float = 45.0
    """The longest drive that one expected pack is worth; a deficit that is farther from any surplus stays."""
    promise_worth_minutes: float = 240.0
    """What serving a promised pack is worth on top: it wins against any expected one."""
    neighbours: int = 16
    """Nearest partners of a station that a transport may join; farther ones hardly ever win."""
    usual_load_packs: int = 12
    """Largest load of a job while no transporter is online whose vehicle is known."""
    roads: RoadParameters = field(default_factory=RoadParameters)


@dataclass(frozen=True, slots=True)
class LogisticsParameters:
    """All that an operator may set of logistics."""

    pay: PayParameters = field(default_factory=PayParameters)
    jobs: JobParameters = field(default_factory=JobParameters)
    matching: MatchingParameters = field(default_factory=MatchingParameters)
    planning: PlanningParameters = field(default_factory=PlanningParameters)
    proof: PlaceProof = field(default_factory=PlaceProof)
    """What proves that a transporter is where packs are picked up or put off."""
