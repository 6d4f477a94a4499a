"""Transport jobs, their offers, the transporters who carry them, and the plans that open them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.forecasts import Source
from navswap.kit.units import Count, Minutes, Positive


class StopKind(StrEnum):
    """What kind of place a trip begins or ends at."""

    STATION = "STATION"
    SHOP = "SHOP"
    DEPOT = "DEPOT"


@dataclass(frozen=True, slots=True)
class Stop:
    """The place where a trip begins or ends: a station, a partner shop or a depot, by its id."""

    kind: StopKind
    id: str


@dataclass(frozen=True, slots=True)
class StorageTrip:
    """Which trip of a storage request a job is, counted from 1."""

    request_id: str
    number: Positive


class JobState(StrEnum):
    """The life of a transport job; the last four states are ends."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


UNDER_WAY = (JobState.ACCEPTED, JobState.IN_TRANSIT)
"""A transporter works on it."""
UNFINISHED = (JobState.OPEN, *UNDER_WAY)
ENDED = (JobState.DELIVERED, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class TransportJob:
    """Packs of one model to move from one place to another, for a reward.

    `rounds` counts how often it was offered, `attempts` how many transporters took it. `picked_up` holds the serial
    numbers that left the origin, `delivered` those of them that reached the target.
    """

    id: str
    plan_id: str | None
    """The rebalancing plan that opened it; None for a trip to or from a shop."""
    origin_id: str
    target_id: str
    packs: Positive
    promised_packs: Count
    trip_minutes: Minutes
    reward_credits: Count
    opened_at: datetime
    due_at: datetime
    """Until when an open job waits for a transporter, or a taken one must be delivered."""
    pack_model_id: str = STANDARD_PACK.id
    state: JobState = JobState.OPEN
    transporter_id: str | None = None
    attempts: Count = 0
    rounds: Count = 0
    picked_up: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    picked_up_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    paid_credits: Count = 0
    origin_kind: StopKind = StopKind.STATION
    target_kind: StopKind = StopKind.STATION
    storage: StorageTrip | None = None
    """The storage request whose packs it brings to a shop."""
    wanted_until: datetime | None = None
    """Until when it is wanted; None for one of a plan, which the next plan decides on again."""
    revision: int = 1

    @property
    def origin(self) -> Stop:
        """Return where its packs are taken."""
        return Stop(self.origin_kind, self.origin_id)

    @property
    def target(self) -> Stop:
        """Return where its packs are brought."""
        return Stop(self.target_kind, self.target_id)

    @property
    def station_id(self) -> str:
        """Return the station that waits for its packs, or for a trip to a shop the one that gives them."""
        return self.target_id if self.target_kind is StopKind.STATION else self.origin_id

    @property
    def is_under_way(self) -> bool:
        """Return whether a transporter works on it."""
        return self.state in UNDER_WAY

    @property
    def has_ended(self) -> bool:
        """Return whether it is over."""
        return self.state in ENDED

    @property
    def on_board(self) -> tuple[str, ...]:
        """Return the serial numbers that are on the way."""
        arrived = set(self.delivered)
        return tuple(serial for serial in self.picked_up if serial not in arrived)

    @property
    def packs_to_fetch(self) -> int:
        """Return how many of its packs have not left the origin."""
        return self.packs - len(self.picked_up)

    @property
    def packs_to_deliver(self) -> int:
        """Return how many of its packs have not reached the target."""
        return self.packs - len(self.delivered)


class OfferState(StrEnum):
    """The life of an offer; only the first state can be answered."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class OfferInputs:
    """Why a transporter was chosen: the drive to the origin, and what fairness added to it (below 0: in its favour)."""

    pickup_minutes: Minutes
    fairness_minutes: float


@dataclass(frozen=True, slots=True)
class JobOffer:
    """A job offered to a transporter until `expires_at`; an exclusive one is offered to no one else meanwhile.

    `sequence` is its position among the changes of all offers to that transporter.
    """

    id: str
    job_id: str
    transporter_id: str
    origin_id: str
    target_id: str
    packs: Positive
    trip_minutes: Minutes
    reward_credits: Count
    is_exclusive: bool
    inputs: OfferInputs
    made_at: datetime
    expires_at: datetime
    sequence: Positive
    pack_model_id: str = STANDARD_PACK.id
    state: OfferState = OfferState.OFFERED
    ended_at: datetime | None = None
    origin_kind: StopKind = StopKind.STATION
    target_kind: StopKind = StopKind.STATION
    revision: int = 1

    @property
    def origin(self) -> Stop:
        """Return where the packs of the job are taken."""
        return Stop(self.origin_kind, self.origin_id)

    @property
    def target(self) -> Stop:
        """Return where the packs of the job are brought."""
        return Stop(self.target_kind, self.target_id)

    @property
    def is_live(self) -> bool:
        """Return whether it waits for an answer."""
        return self.state is OfferState.OFFERED


@dataclass(frozen=True, slots=True)
class Transporter:
    """A transporter's readiness; the id is that of the user. `offer_sequence` counts the changes of its offers."""

    id: str
    is_online: bool
    capacity_packs: Count
    """Packs that the vehicle carries."""
    free_since: datetime
    """Since when it waits for a job."""
    offer_sequence: Count = 0
    revision: int = 1


@dataclass(frozen=True, slots=True)
class PlannedStation:
    """What a plan knew and expected of the packs of one model at a station that gives or lacks some, and its share."""

    station_id: str
    pack_model_id: str
    charged_packs: Count
    held_packs: Count
    waiting_riders: Count
    empty_slots: Count
    incoming_packs: Count
    outgoing_packs: Count
    forecast_packs: float
    source: Source
    supply_packs: Count
    promised_deficit_packs: Count
    expected_deficit_packs: Count
    model: str = ""
    """The model that made the forecast, with its version; empty where a rule did."""
    prediction_id: str = ""
    """Identifies the prediction that it was; empty where a rule made it."""


@dataclass(frozen=True, slots=True)
class PlannedDepot:
    """What a plan knew of the fit packs of one model at a depot that has some, and what it could give."""

    depot_id: str
    pack_model_id: str
    packs: Count
    outgoing_packs: Count
    supply_packs: Count


@dataclass(frozen=True, slots=True)
class PlannedLoad:
    """A load of a plan, and the job that it became; None in a dry run."""

    origin_id: str
    target_id: str
    packs: Positive
    promised_packs: Count
    trip_minutes: Minutes
    reward_credits: Count
    pack_model_id: str = STANDARD_PACK.id
    job_id: str | None = None
    origin_kind: StopKind = StopKind.STATION
    target_kind: StopKind = StopKind.STATION

    @property
    def origin(self) -> Stop:
        """Return where its packs are taken."""
        return Stop(self.origin_kind, self.origin_id)

    @property
    def target(self) -> Stop:
        """Return where its packs are brought."""
        return Stop(self.target_kind, self.target_id)


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan was computed from."""

    as_of: datetime
    horizon_minutes: Positive
    stations_considered: Count
    stations: tuple[PlannedStation, ...]
    load_limit_packs: Positive
    depots: tuple[PlannedDepot, ...] = ()


@dataclass(frozen=True, slots=True)
class RebalancingPlan:
    """A decision of what to move, with its inputs.

    `number` counts the plans that were carried out, without a gap: of two made at once one is stored. A dry run has
    none.
    """

    id: str
    made_at: datetime
    inputs: PlanInputs
    loads: tuple[PlannedLoad, ...]
    unmet_packs: Count
    unmet_promised_packs: Count
    number: Positive | None = None
    made_by: str | None = None
    """The user who asked for it; None: the schedule."""
    revision: int = 1

    @property
    def is_dry_run(self) -> bool:
        """Return whether nothing was moved for it."""
        return self.number is None

    @property
    def pack_minutes(self) -> float:
        """Return what the plan makes least: the driving time of all packs, summed."""
        return sum(load.packs * load.trip_minutes for load in self.loads)
