"""Packs, and where they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.units import Count, Percent, Positive
from navswap.kit.values import quick_init


class Condition(StrEnum):
    """Whether a pack may be handed out at all."""

    FIT = "FIT"
    FAULTY = "FAULTY"
    RECALLED = "RECALLED"
    RETIRED = "RETIRED"


USABLE = frozenset({Condition.FIT, Condition.FAULTY})
"""What measurements and faults make of a pack."""
WITHDRAWN = frozenset({Condition.RECALLED, Condition.RETIRED})
"""What orders make of a pack; no measurement and no repair leads out of these."""


class PlaceKind(StrEnum):
    """What kind of holder has a pack."""

    SLOT = "SLOT"
    RIDER = "RIDER"
    SHOP = "SHOP"
    TRANSPORTER = "TRANSPORTER"
    DEPOT = "DEPOT"


@quick_init
@dataclass(frozen=True, slots=True)
class Place:
    """The one place of a pack: `holder_id` is the station, rider, shop, transporter or depot."""

    kind: PlaceKind
    holder_id: str
    evse_id: Positive | None = None
    """Slot number at the station; only with SLOT."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An empty slot that a pack is put into, and the one pack model that it takes."""

    station_id: str
    evse_id: Positive
    model_id: str = STANDARD_PACK.id

    @property
    def place(self) -> Place:
        """Return the place of a pack in the slot."""
        return Place(PlaceKind.SLOT, self.station_id, self.evse_id)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a pack was recalled or retired, and what it will be once released: `fitness` is FIT or FAULTY."""

    order_id: str
    reason: str
    withdrawn_at: datetime
    fitness: Condition


@dataclass(frozen=True, slots=True)
class PackUsage:
    """What a pack has been through since NavSwap knows it; what happened before stands in its `cycles`."""

    commissioned_at: datetime | None = None
    """When it came from its maker; None where that is unknown."""
    charged_percent: Annotated[float, Ge(0)] = 0.0
    """Charge that it gained in slots, all together: 100 is a full charge."""
    temperature_celsius: float | None = None
    """As last measured; None where it never was."""
    published_on: str | None = None
    """The day (UTC, ISO text) for which its health was published last."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A battery pack; its id is the serial number (OCPP: at most 50 characters)."""

    id: str
    soc_percent: Percent
    soh_percent: Percent
    cycles: Count
    place: Place
    reported_at: datetime
    model_id: str = STANDARD_PACK.id
    """Packs of one model replace each other; slots take packs of one model."""
    condition: Condition = Condition.FIT
    held_by: str | None = None
    """Queue entry that the pack is held for."""
    faulted: bool = False
    """An open fault keeps it FAULTY, whatever is measured."""
    withdrawal: Withdrawal | None = None
    """Of a RECALLED pack, and of one that an order has RETIRED."""
    brought_by: str | None = None
    """Transporter who put it into its slot; None where no transporter did."""
    shut_in: bool = False
    """Its slot is locked or faulted: it stays there."""
    usage: PackUsage = PackUsage()
    revision: int = 1

    def is_in_slot_of(self, station_id: str) -> bool:
        """Return whether the pack is in a slot of a station."""
        return self.place.kind is PlaceKind.SLOT and self.place.holder_id == station_id


@dataclass(frozen=True, slots=True)
class ChargingPack:
    """A fit pack in a working slot of a station that has not the charge asked for."""

    serial_number: str
    evse_id: Positive
    soc_percent: Percent
    soh_percent: Percent
    model_id: str
    is_held: bool = False


@quick_init
@dataclass(frozen=True, slots=True)
class PackReading:
    """What a station measured of a pack in a slot; None is what it did not measure."""

    serial_number: str
    soc_percent: Percent
    soh_percent: Percent | None = None
    faulty: bool | None = None
    temperature_celsius: float | None = None
