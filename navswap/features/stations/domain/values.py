"""Stations: information rarely changes, status all the time, as GBFS parts them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from annotated_types import Gt, Interval, Len

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.geo import Point
from navswap.kit.opening_hours import DayHours, Timetable
from navswap.kit.time_zones import is_time_zone
from navswap.kit.units import Count, Positive


class StationState(StrEnum):
    """Whether a station hands out packs."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"


class SlotState(StrEnum):
    """Whether a slot takes packs in and hands them out."""

    AVAILABLE = "AVAILABLE"
    LOCKED = "LOCKED"
    FAULTED = "FAULTED"


@dataclass(frozen=True, slots=True)
class Block:
    """What a fault keeps out of use: a slot, or the whole station where `evse_id` is None.

    `state` is LOCKED or FAULTED; FAULTED for a whole station.
    """

    fault_id: str
    state: SlotState
    evse_id: Positive | None = None


@dataclass(frozen=True, slots=True)
class ClosedSlot:
    """A slot that is not available."""

    evse_id: Positive
    state: SlotState


@dataclass(frozen=True, slots=True)
class Information:
    """What rarely changes of a station (GBFS: station_information).

    Raises ValueError unless `slot_models` is empty, or names a model for each slot, and for an unknown time zone.
    """

    name: Annotated[str, Len(1, 200)]
    point: Point
    slot_count: Annotated[int, Interval(ge=1, le=500)]
    """Slots; their EVSE ids are 1 to slot_count (OCPP)."""
    slot_models: tuple[str, ...] = ()
    """The pack model that each slot takes, that of EVSE 1 first; empty where all take the standard model."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The name by BCP 47 language tag."""
    address: str = ""
    district: str = ""
    city: str = ""
    opening_hours: str = ""
    """OpenStreetMap's opening_hours; empty where they are unknown, which is not 24/7."""
    time_zone: str = "UTC"
    """IANA name; the opening hours are local."""
    country: Annotated[str, Len(2, 2)] | None = None
    """ISO 3166-1 alpha-2; its calendar says which days are the public holidays of the opening hours."""
    hours_exceptions: tuple[DayHours, ...] = ()
    """Dates with hours of their own, in order."""
    tariff_id: str | None = None
    feeder_limit_kw: Annotated[float, Gt(0)] | None = None
    """Most power that the feeder gives, in kW; None where it is unknown."""
    external_id: str | None = None
    """Id in the network that the station was imported from; with a source it begins with its name."""
    source: str | None = None
    """The name that was given to the network that the station was imported from."""

    def __post_init__(self) -> None:
        if self.slot_models and len(self.slot_models) != self.slot_count:
            raise ValueError(f"{self.slot_count} slots need as many models, not {len(self.slot_models)}")
        if not is_time_zone(self.time_zone):
            raise ValueError(f"there is no time zone {self.time_zone!r}")

    @property
    def timetable(self) -> Timetable:
        """Return when the station is open, by its hours."""
        return Timetable(self.opening_hours, self.time_zone, self.country, self.hours_exceptions)

    def slots_of_model(self, model_id: str) -> int:
        """Return how many slots take a pack model."""
        if not self.slot_models:
            return self.slot_count if model_id == STANDARD_PACK.id else 0
        return self.slot_models.count(model_id)

    def model_of_slot(self, evse_id: int) -> str:
        """Return the id of the pack model that a slot takes; `evse_id` is 1 to slot_count."""
        return self.slot_models[evse_id - 1] if self.slot_models else STANDARD_PACK.id


@dataclass(frozen=True, slots=True)
class Stock:
    """Packs and slots of a station, counted in the transaction that changed them."""

    charged_packs: Count = 0
    """Fit packs at or above the promised charge, held or not."""
    held_packs: Count = 0
    """Charged packs that are held for a rider."""
    charging_packs: Count = 0
    """Fit packs below the promised charge."""
    faulty_packs: Count = 0
    """Packs that are never handed out."""
    blocked_packs: Count = 0
    """Fit packs in a locked or faulted slot."""
    empty_slots: Count = 0
    """Available slots without a pack."""

    @property
    def packs(self) -> int:
        """Return the packs in the slots, in whatever condition."""
        return self.charged_packs + self.charging_packs + self.faulty_packs + self.blocked_packs

    @property
    def free_packs(self) -> int:
        """Return the charged packs that are not held, at least 0."""
        return max(0, self.charged_packs - self.held_packs)


@dataclass(frozen=True, slots=True)
class ModelStock:
    """The part of a station's stock that is of one pack model, and in slots that take it."""

    model_id: str
    stock: Stock


@dataclass(frozen=True, slots=True)
class Status:
    """What changes all the time of a station (GBFS: station_status)."""

    last_reported: datetime
    state: StationState = StationState.OPEN
    stock: Stock = Stock()
    """Of all models together."""
    stock_by_model: tuple[ModelStock, ...] = ()
    """One entry for each model that the slots take or the packs have, by model id."""
    queue_length: Count = 0
    """Riders with an active entry."""

    def stock_of_model(self, model_id: str) -> Stock:
        """Return the stock of one model; an empty one where the station neither has nor takes it."""
        return next((part.stock for part in self.stock_by_model if part.model_id == model_id), Stock())


@dataclass(frozen=True, slots=True)
class Station:
    """A swap station.

    `revision` counts changes of the station, `queue_sequence` changes of its queue; both are the sequences
    of the live streams, and the write by which concurrent holds are put in order.
    """

    id: str
    information: Information
    status: Status
    blocks: tuple[Block, ...] = ()
    """What open faults keep out of use."""
    paused_by_fault: bool = False
    """OUT_OF_SERVICE because of a fault: opens by itself once that is over."""
    revision: int = 1
    queue_sequence: Count = 0

    @property
    def closed_slots(self) -> dict[int, SlotState]:
        """Return the slots that are not available, by EVSE id; of two faults the worse state counts."""
        closed: dict[int, SlotState] = {}
        for block in self.blocks:
            if block.evse_id is not None and closed.get(block.evse_id) is not SlotState.FAULTED:
                closed[block.evse_id] = block.state
        return dict(sorted(closed.items()))


@dataclass(frozen=True, slots=True)
class StationNow:
    """As much of a station as an overview of the whole network needs."""

    id: str
    name: str
    district: str
    point: Point
    status: Status
    timetable: Timetable

    @classmethod
    def of(cls, station: Station) -> Self:
        """Return that part of a station."""
        known = station.information
        return cls(station.id, known.name, known.district, known.point, station.status, known.timetable)
