"""Partner shops, what they are asked to store, and the packs that are there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from annotated_types import Interval, Len

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.units import Count, Metres, Positive

WHOLE_DAY = 24 * 60
MAX_CAPACITY_PACKS = 1_000


class Weekday(StrEnum):
    """The days of a week, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


WEEK = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class OpeningSpan:
    """A span of one weekday in which a shop is open: minutes since local midnight, the last one excluded."""

    weekday: Weekday
    opens_minute: Annotated[int, Interval(ge=0, lt=WHOLE_DAY)]
    closes_minute: Annotated[int, Interval(gt=0, le=WHOLE_DAY)]


@dataclass(frozen=True, slots=True)
class ShopTotals:
    """All shops together."""

    shops: int = 0
    capacity_packs: int = 0
    stock_packs: int = 0
    reserved_packs: int = 0
    offered_packs: int = 0

    @property
    def free_places(self) -> int:
        """Return how many more packs may be offered."""
        return max(0, self.capacity_packs - self.stock_packs - self.reserved_packs - self.offered_packs)


@dataclass(frozen=True, slots=True)
class PartnerShop:
    """A shop that stores packs; stock, reserved and offered places never exceed the capacity.

    `request_sequence` counts the changes of its requests and is the sequence of their live stream.
    """

    id: str
    owner_id: str
    name: Annotated[str, Len(1, 200)]
    point: Point
    time_zone: str
    """IANA name; opening hours and nights are local."""
    opening_hours: tuple[OpeningSpan, ...]
    capacity_packs: Annotated[int, Interval(ge=1, le=MAX_CAPACITY_PACKS)]
    credits_per_pack_day: Positive
    address: str = ""
    district: str = ""
    stock_packs: Count = 0
    """Packs that are there."""
    reserved_packs: Count = 0
    """Packs that were accepted and have yet to come."""
    offered_packs: Count = 0
    """Packs of requests that wait for an answer."""
    answered: Count = 0
    """Requests that were answered, or left to expire."""
    accepted: Count = 0
    """Requests that were accepted."""
    request_sequence: Count = 0
    revision: int = 1

    @property
    def taken_places(self) -> int:
        """Return how many places are taken, or kept free for packs that are expected."""
        return self.stock_packs + self.reserved_packs + self.offered_packs

    @property
    def free_places(self) -> int:
        """Return how many more packs may be offered to the shop."""
        return max(0, self.capacity_packs - self.taken_places)

    @property
    def acceptance_rate(self) -> float:
        """Return the share of requests that the shop accepts; one half before the first (Laplace)."""
        return (self.accepted + 1) / (self.answered + 2)

    def is_open_at(self, time: datetime) -> bool:
        """Return whether the shop is open at a time, by its own clock."""
        local = time.astimezone(ZoneInfo(self.time_zone))
        minute, today = local.hour * 60 + local.minute, WEEK[local.weekday()]
        return any(
            span.weekday is today and span.opens_minute <= minute < span.closes_minute
            for span in self.opening_hours
        )


class RequestState(StrEnum):
    """The life of a storage request; the first two are open, the others are ends."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"


OPEN = (RequestState.REQUESTED, RequestState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """Requests in one state, and their packs."""

    requests: int
    packs: int


@dataclass(frozen=True, slots=True)
class StorageRequest:
    """Packs of one model of a station that a shop is asked to store."""

    id: str
    plan_id: str
    shop_id: str
    station_id: str
    packs: Positive
    requested_at: datetime
    due_at: datetime
    """Until when to answer, then until when the packs are to come."""
    pack_model_id: str = STANDARD_PACK.id
    collected: tuple[str, ...] = ()
    """Serial numbers of the packs that a transporter fetched for it, without those that were returned elsewhere."""
    received: tuple[str, ...] = ()
    """Serial numbers of the packs that have come."""
    state: RequestState = RequestState.REQUESTED
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 1

    @property
    def missing_packs(self) -> int:
        """Return how many packs the shop still waits for; none before it has accepted, and after the end."""
        return self.packs - len(self.received) if self.state is RequestState.ACCEPTED else 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be stored: packs of a station, at the shops that suit best, or at one."""

    station_id: str
    packs: int
    shop_id: str | None = None
    pack_model_id: str = STANDARD_PACK.id


@dataclass(frozen=True, slots=True)
class StorageCandidate:
    """What a plan knew of one shop, and what it gave to it."""

    shop_id: str
    distance_metres: Metres
    free_places: float
    """Forecast."""
    acceptance_probability: float
    """Forecast, 0 to 1."""
    source: Source
    recent_share: float
    """Packs asked for in the last days over the capacity."""
    packs: Count
    model: str = ""
    """The model that made both forecasts, with its version; empty where a rule did."""
    prediction_id: str = ""
    """Identifies the prediction that it was; empty where a rule made it."""


@dataclass(frozen=True, slots=True)
class StoragePlan:
    """A decision where to store packs of a station, with what it was made from."""

    id: str
    wanted: Wanted
    unplaced_packs: Count
    candidates: tuple[StorageCandidate, ...]
    made_by: str
    made_at: datetime
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Stay:
    """A pack at a shop, from when it came until it left; a pack has at most one stay that is not over."""

    id: str
    serial_number: str
    shop_id: str
    since: datetime
    until: datetime | None = None
    present: bool = True
    """It is not over."""
    paid_through: str | None = None
    """The last night that was paid: the local day before it, ISO text."""
    settled: bool = False
    """It is over and every night of it is paid."""
    revision: int = 1
