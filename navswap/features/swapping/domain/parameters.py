"""What an operator may want otherwise."""

from dataclasses import dataclass, field
from datetime import timedelta

from navswap.kit.presence import PlaceProof
from navswap.kit.roads import RoadParameters
from navswap.kit.visits import VisitParameters


@dataclass(frozen=True, slots=True)
class BonusParameters:
    """How empty packs are priced.

    A station whose share of slots with full free packs is at most `normal_full_share` needs no empties; from there the
    bonus grows evenly to `most_credits` at a station that is all full, in steps, so that it does not flicker with each
    pack that moves. A station with fewer than `least_free_packs` is not advertised: who comes takes one of the last. A
    returned pack counts as empty up to `empty_soc_percent`; swapping full packs to and fro earns nothing.
    """

    most_credits: int = 2_000
    step_credits: int = 100
    normal_full_share: float = 0.5
    least_free_packs: int = 3
    empty_soc_percent: float = 50.0


@dataclass(frozen=True, slots=True)
class BufferParameters:
    """How many charged packs are kept back for riders who come without a hold.

    They and the packs that charge up in time suffice with the probability `sufficient`: a pack is kept back where a walk-in is
    likelier than not to take it, since who asks for a hold comes nearly always. Never more than `largest_share` of the charged
    packs are kept back: a hold is a promise, a walk-in is a chance.
    """

    sufficient: float = 0.5
    largest_share: float = 0.5


@dataclass(frozen=True, slots=True)
class SwappingParameters:
    """How long holds last, how near is near, and what riders are promised.

    `hold` is the time of a hold, `swap_time` the time from the scan on; a position of a rider not older than
    `position_age` and within `fence_metres` of a station proves presence. A hold moves `move_within_metres` at most;
    one that cannot move is paid `compensation_credits`. `code_early` is how far the clocks of a phone and of a kiosk's
    server may differ. `scarce_minutes` is what the risk that the last packs are gone on arrival costs in the ranking,
    shared by the packs left. A hold outlasts `latest_ride_share` times the ride as it is estimated, up to
    `longest_hold_share` of `hold`; where a model says how long a rider is worth waiting for, it may end at `shortest_hold_share`.
    `ride_spread` is by how much of its estimate a ride deviates from it (standard deviation). `waited_minute` is what a minute
    that a model expects riders to wait costs in the ranking, in minutes of riding, 1 or more. `outage_minutes` is what a
    station out of service on arrival costs a rider.
    """

    hold: timedelta = timedelta(minutes=20)
    swap_time: timedelta = timedelta(minutes=5)
    promised_soc_percent: float = 80.0
    fence_metres: float = 500.0
    position_age: timedelta = timedelta(minutes=5)
    move_within_metres: float = 3_000.0
    compensation_credits: int = 500
    code_early: timedelta = timedelta(seconds=30)
    scarce_minutes: float = 6.0
    shortest_hold_share: float = 0.5
    longest_hold_share: float = 1.5
    latest_ride_share: float = 1.5
    ride_spread: float = 0.25
    waited_minute: float = 2.0
    outage_minutes: float = 30.0
    roads: RoadParameters = field(default_factory=RoadParameters)
    visits: VisitParameters = field(default_factory=VisitParameters)
    bonus: BonusParameters = field(default_factory=BonusParameters)
    buffer: BufferParameters = field(default_factory=BufferParameters)

    @property
    def proof(self) -> PlaceProof:
        """Return what proves that a rider is at a station."""
        return PlaceProof(self.fence_metres, self.position_age)
