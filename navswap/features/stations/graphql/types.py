"""The views of stations."""

from collections import Counter
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.features.stations import errors
from navswap.features.stations.events import StationChanged
from navswap.features.stations.service import (
    Information,
    SlotState,
    StationsServices,
    StationState,
    is_open_at,
    next_closing,
    next_opening,
)
from navswap.features.stations.service import ModelStock as CountedStock
from navswap.features.stations.service import Station as StoredStation
from navswap.features.stations.service import Stock as Counts
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Kilowatts, NonNegativeInt
from navswap.graphql.views import Views
from navswap.kit.opening_hours import DayHours

describe_enum(
    StationState,
    "Whether a station hands out packs, by what its operator says and its faults; its opening hours are beside this.",
    {
        "OPEN": "It does, within its opening hours.",
        "CLOSED": "It does not: closed by its operator.",
        "OUT_OF_SERVICE": "It does not: it is broken.",
    },
)
describe_enum(
    SlotState,
    "Whether a slot takes packs in and hands them out.",
    {
        "AVAILABLE": "It does.",
        "LOCKED": "It does not: it was locked as a precaution.",
        "FAULTED": "It does not: it is broken.",
    },
)


@strawberry.type(description="A slot of a station (OCPP: EVSE).")
class Slot:
    """A slot as clients see it."""

    evse_id: int = strawberry.field(description="Slot number, from 1.")
    state: SlotState = strawberry.field(description="Whether it takes packs in and hands them out.")
    station_key: strawberry.Private[str]


@strawberry.interface(description="Counted packs and slots of a station.")
class Stock:
    """What the stock of all models and that of one have in common."""

    charged_packs: NonNegativeInt = strawberry.field(
        description="Fit packs charged to the promise or above, held ones included."
    )
    held_packs: NonNegativeInt = strawberry.field(description="Charged packs that are held for a rider.")
    free_packs: NonNegativeInt = strawberry.field(
        description="Charged packs that are not held; some of them may be kept back for riders on site."
    )
    charging_packs: NonNegativeInt = strawberry.field(description="Fit packs below the promised charge.")
    faulty_packs: NonNegativeInt = strawberry.field(description="Packs that are never handed out.")
    blocked_packs: NonNegativeInt = strawberry.field(
        description="Fit packs in a locked or faulted slot, not counted elsewhere."
    )
    empty_slots: NonNegativeInt = strawberry.field(description="Available slots without a pack.")


def counts_of(stock: Counts) -> dict[str, int]:
    """Return the fields that a Stock shows."""
    return {
        "charged_packs": stock.charged_packs,
        "held_packs": stock.held_packs,
        "free_packs": stock.free_packs,
        "charging_packs": stock.charging_packs,
        "faulty_packs": stock.faulty_packs,
        "blocked_packs": stock.blocked_packs,
        "empty_slots": stock.empty_slots,
    }


@strawberry.type(
    description="The part of a station's stock that is of one pack model, and in slots that take it."
)
class ModelStock(Stock):
    """The stock of one model as clients see it."""

    pack_model_key: strawberry.Private[str]

    @classmethod
    def of(cls, part: CountedStock) -> Self:
        """Build the view of a part."""
        return cls(**counts_of(part.stock), pack_model_key=part.model_id)


@strawberry.type(
    description="What changes all the time of a station; its counts are of all pack models together."
)
class StationStatus(Stock):
    """The status as clients see it."""

    state: StationState = strawberry.field(description="Whether the station hands out packs.")
    stock_by_model: list[ModelStock] = strawberry.field(
        description="The counts by pack model: one entry for each that the slots take or the packs have."
    )
    is_accepting_holds: bool = strawberry.field(
        description="Whether the state is OPEN and there is a charged pack that is not held; confirmQueue may still keep "
        "the last ones back for riders on site, and refuses holds out of the opening hours (`isOpen` of the station)."
    )
    is_accepting_packs: bool = strawberry.field(
        description="Whether the state is OPEN and there is an empty slot, so that packs can be brought without a swap."
    )
    locked_slots: NonNegativeInt = strawberry.field(description="Slots that were locked as a precaution.")
    faulted_slots: NonNegativeInt = strawberry.field(description="Slots that are broken.")
    closed_slots: list[Slot] = strawberry.field(
        description="The slots that are locked or faulted, by number; usually none."
    )
    queue_length: NonNegativeInt = strawberry.field(description="Riders with an active entry here.")
    last_changed_at: datetime = strawberry.field(description="When state, stock or queue last changed (UTC).")
    revision: int = strawberry.field(description="Counts the changes of the station, from 1.")
    station_key: strawberry.Private[str]
    stored: strawberry.Private[StoredStation | None]

    @classmethod
    def of(cls, changed: StationChanged, stored: StoredStation | None = None) -> Self:
        """Build the view of a status; `stored` is the station where it was read, and not sent by a stream."""
        status = changed.status
        is_open = status.state is StationState.OPEN
        closed = Counter(slot.state for slot in changed.closed_slots)
        return cls(
            **counts_of(status.stock),
            state=status.state,
            stock_by_model=[ModelStock.of(part) for part in status.stock_by_model],
            is_accepting_holds=is_open and status.stock.free_packs > 0,
            is_accepting_packs=is_open and status.stock.empty_slots > 0,
            locked_slots=closed[SlotState.LOCKED],
            faulted_slots=closed[SlotState.FAULTED],
            closed_slots=[
                Slot(evse_id=slot.evse_id, state=slot.state, station_key=changed.station_id)
                for slot in changed.closed_slots
            ],
            queue_length=status.queue_length,
            last_changed_at=status.last_reported,
            revision=changed.revision,
            station_key=changed.station_id,
            stored=stored,
        )

    @strawberry.field(
        description="The status was so at this time (UTC), with all that was changed before: as a rule a few seconds ago where "
        "it was read, and when it last changed where a stream sent it. `revision` says which of two is the newer one."
    )
    def as_of(self, info: Info) -> datetime:
        """Return how fresh the status is."""
        if self.stored is None:
            return self.last_changed_at
        known = StationsServices.of(info.context).reader.as_of(self.stored)
        return known or max(self.last_changed_at, info.context.opened_at)


@strawberry.type(description="The name of a station in one language.")
class LocalizedName:
    """A name with its language."""

    language: str = strawberry.field(description="BCP 47 language tag, such as en or zh-TW.")
    text: str = strawberry.field(description="The name.")


@strawberry.type(description="A date on which a station has hours of its own.")
class HoursException:
    """An exception to the opening hours as clients see it."""

    date: str = strawberry.field(description="The date, such as 2026-12-25, local.")
    hours: str | None = strawberry.field(
        description="The hours, such as `10:00-14:00,16:00-20:00`; null where it is closed from midnight to midnight."
    )

    @classmethod
    def of(cls, day: DayHours) -> Self:
        """Build the view of an exception."""
        return cls(date=day.date, hours=day.hours or None)


@strawberry.type(description="A swap station: slots that charge packs and hand them out.")
class Station(LoadedNode):
    """A station as clients see it."""

    id: relay.NodeID[str]
    name: str = strawberry.field(description="Name for display.")
    names: list[LocalizedName] = strawberry.field(description="The name by language; may be empty.")
    address: str = strawberry.field(description="Street address; empty where unknown.")
    district: str = strawberry.field(description="District; empty where unknown.")
    city: str = strawberry.field(description="City; empty where unknown.")
    location: Coordinates = strawberry.field(description="Where the station stands.")
    slot_count: int = strawberry.field(description="Slots, numbered from 1 (OCPP's EVSE ids); 1 to 500.")
    opening_hours: str | None = strawberry.field(
        description="OpenStreetMap opening_hours syntax, local times; null where they are unknown, which closes nothing."
    )
    hours_exceptions: list[HoursException] = strawberry.field(
        description="Dates with hours of their own, in order; at most 100."
    )
    time_zone: str = strawberry.field(description="IANA name of the time zone of the opening hours.")
    country: str | None = strawberry.field(
        description="Country by ISO 3166-1 alpha-2; its calendar says which days are public holidays (PH) of the opening "
        "hours. Null where unknown."
    )
    feeder_limit: Kilowatts | None = strawberry.field(
        description="Most power that the feeder gives, above 0 kW; null where it is unknown."
    )
    status: StationStatus = strawberry.field(description="What changes all the time.")
    tariff_id: strawberry.Private[str | None]
    information: strawberry.Private[Information]
    stored: strawberry.Private[StoredStation]

    @classmethod
    def of(cls, station: StoredStation) -> Self:
        """Build the view of a station."""
        information = station.information
        return cls(
            id=station.id,
            name=information.name,
            names=[LocalizedName(language=tag, text=text) for tag, text in information.names.items()],
            address=information.address,
            district=information.district,
            city=information.city,
            location=Coordinates.of(information.point),
            slot_count=information.slot_count,
            opening_hours=information.opening_hours or None,
            hours_exceptions=[HoursException.of(day) for day in information.hours_exceptions],
            time_zone=information.time_zone,
            country=information.country,
            feeder_limit=information.feeder_limit_kw,
            status=StationStatus.of(StationChanged.of(station), station),
            tariff_id=information.tariff_id,
            information=information,
            stored=station,
        )

    @strawberry.field(
        description="Whether it hands out packs now: its state is OPEN and its opening hours, where they are known, say so."
    )
    def is_open(self, info: Info) -> bool:
        """Return whether the station is open now."""
        return is_open_at(self.stored, info.context.clock.now())

    @strawberry.field(
        description="When its opening hours begin next (UTC); null within them, where they are unknown, and where that is "
        "more than a year away."
    )
    def opens_at(self, info: Info) -> datetime | None:
        """Return when the station opens next."""
        return next_opening(self.stored, info.context.clock.now())

    @strawberry.field(
        description="When its opening hours end (UTC); null out of them, where they are unknown, and where that is more "
        "than a year away."
    )
    def closes_at(self, info: Info) -> datetime | None:
        """Return when the station closes next."""
        return next_closing(self.stored, info.context.clock.now())

    @strawberry.field(description="All slots, by number; what a fault keeps out of use is not available.")
    def slots(self) -> list[Slot]:
        """List the slots; built on demand, for most clients want the counts only."""
        closed = {slot.evse_id: slot for slot in self.status.closed_slots}
        return [
            closed.get(evse_id)
            or Slot(evse_id=evse_id, state=SlotState.AVAILABLE, station_key=self.status.station_key)
            for evse_id in range(1, self.slot_count + 1)
        ]

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, "Station"]:
        """Return stations by id, to every client."""
        found = await StationsServices.of(context).reader.list_by_ids(ids)
        return {station_id: STATIONS.of(station) for station_id, station in found.items()}


STATIONS = Views(Station.of, lambda station: station.id)
"""The views of stations that were read outside a transaction."""


async def load_station(context: Context, station_id: str) -> Station:
    """Return a station through the loader of the request; raises StationNotFoundError."""
    station = await find_node(context, Station, station_id)
    if station is None:
        raise errors.StationNotFoundError("There is no such station.")
    return station
