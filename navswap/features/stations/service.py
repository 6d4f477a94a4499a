"""Use cases of stations: find, record stock, open and close, load a network."""

from dataclasses import dataclass
from typing import Any, Protocol

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.events.outbox import publish
from navswap.events.stream import Loaded
from navswap.features.stations.documents import (
    Block,
    Information,
    SlotState,
    Station,
    StationNow,
    StationState,
    Status,
    Stock,
)
from navswap.features.stations.errors import BadAreaError, StationNotFoundError
from navswap.features.stations.events import StationChanged, StationClosed, station_stream
from navswap.features.stations.rules import Availability, block, unblock
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point
from navswap.services import SliceServices

__all__ = [
    "Block",
    "CountedPacks",
    "FoundStation",
    "Information",
    "Near",
    "SlotState",
    "Station",
    "StationFilter",
    "StationNow",
    "StationService",
    "StationState",
    "StationsServices",
    "Status",
    "Stock",
    "stock_of",
]


MAX_RADIUS_METRES = 100_000.0


@dataclass(frozen=True, slots=True)
class Near:
    """A place and how far around it to look."""

    point: Point
    within_metres: float

    def __post_init__(self) -> None:
        if not 0 < self.within_metres <= MAX_RADIUS_METRES:
            raise BadAreaError(f"withinMetres must be more than 0 and at most {MAX_RADIUS_METRES:.0f}.")


@dataclass(frozen=True, slots=True)
class StationFilter:
    """Which stations to list; everything given must hold."""

    near: Near | None = None
    state: StationState | None = None
    minimum_charged_packs: int | None = None


@dataclass(frozen=True, slots=True)
class FoundStation:
    """A station in a list, with its distance from the place asked for."""

    station: Station
    distance_metres: float | None


class CountedPacks(Protocol):
    """The packs in the slots of one station, as whoever keeps packs has counted them."""

    @property
    def charged(self) -> int:
        """Return the fit packs at or above the promised charge, held ones included."""
        ...

    @property
    def held(self) -> int:
        """Return the charged packs that are promised to a rider."""
        ...

    @property
    def charging(self) -> int:
        """Return the fit packs below the promised charge."""
        ...

    @property
    def faulty(self) -> int:
        """Return the packs that are never handed out."""
        ...

    @property
    def blocked(self) -> int:
        """Return the fit packs in a locked or faulted slot."""
        ...

    @property
    def shut_in(self) -> int:
        """Return all packs in a locked or faulted slot, fit or not."""
        ...

    @property
    def total(self) -> int:
        """Return how many slots are filled."""
        ...


class StationService:
    """Knows the stations and keeps their status."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def get(self, station_id: str, session: Session | None = None) -> Station:
        """Return a station; raises StationNotFoundError."""
        station = await Station.read(station_id, session)
        if station is None:
            raise StationNotFoundError("There is no such station.")
        return station

    async def list_by_ids(self, ids: list[str]) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out."""
        return await Station.list_by_ids(ids)

    async def list_page(
        self, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a place in the order: by distance where a point is given, else by id.

        `after` is (distance in metres, or 0; id) of the last one seen.
        """
        stages = _matching(wanted)
        if after is not None:
            distance, last_id = after
            stages.append({"$match": _past(distance, last_id) if wanted.near else {"_id": {"$gt": last_id}}})
        order = {"distance_metres": 1, "_id": 1} if wanted.near else {"_id": 1}
        cursor = await Station.collection().aggregate([*stages, {"$sort": order}, {"$limit": limit}])
        return [
            FoundStation(Station.model_validate(found), found.pop("distance_metres", None))
            async for found in cursor
        ]

    async def list_now(self) -> list[StationNow]:
        """Return the name and the status of every station, for an overview."""
        return await Station.list_now()

    async def count(self, wanted: StationFilter) -> int:
        """Return how many stations match."""
        cursor = await Station.collection().aggregate([*_matching(wanted), {"$count": "stations"}])
        counts = await cursor.to_list()
        return int(counts[0]["stations"]) if counts else 0

    async def load_live(self, station_ids: list[str]) -> Loaded[list[Station]]:
        """Return stations with the sequences of their streams; raises StationNotFoundError for an unknown one."""
        found = await Station.list_by_ids(station_ids)
        for station_id in station_ids:
            if station_id not in found:
                raise StationNotFoundError(f"There is no station {station_id}.")
        stations = [found[station_id] for station_id in station_ids]
        return Loaded(stations, {station_stream(station.id): station.revision for station in stations})

    async def record_stock(
        self, station: Station, stock: Stock, session: Session, *, queue_length: int | None = None
    ) -> Station:
        """Write what was counted in this transaction and publish the change; returns the new station."""
        now = self._clock.now()
        changed = await Station.record(
            station.id, stock=stock, queue_length=queue_length, now=now, session=session
        )
        await publish(session, now, StationChanged.of(changed))
        return changed

    async def record_packs(self, station_id: str, packs: CountedPacks, session: Session) -> Station:
        """Write the stock of a station whose packs changed without a rider; returns the new station.

        `packs` was counted in this transaction. Raises StationNotFoundError.
        """
        station = await self.get(station_id, session)
        return await self.record_stock(station, stock_of(station, packs), session)

    async def set_state(self, station_id: str, state: StationState, by: Principal) -> Station:
        """Open or close a station, publish it and write down who did; setting the present state changes nothing.

        Whoever holds something at a station that closes hears of it by the event.
        """

        async def work(session: Session) -> Station:
            now = self._clock.now()
            before = await self.get(station_id, session)
            changed = await Station.set_state(station_id, state, now, session)
            if changed is None:
                return before
            await publish(session, now, StationChanged.of(changed))
            if state is not StationState.OPEN:
                await publish(session, now, StationClosed.of(changed))
            await note(
                session,
                now,
                by,
                "setStationState",
                ("Station", station_id),
                before={"state": before.status.state},
                after={"state": state},
            )
            return changed

        return await self._mongo.in_transaction(work)

    async def block(self, station_id: str, new: Block, session: Session) -> Station:
        """Take a slot or the whole station out of use for a fault; returns the new station.

        The caller tells it, by counting the packs anew (`record_packs`) in this transaction. Raises
        StationNotFoundError.
        """
        station = await self.get(station_id, session)
        return await self._make_available(station, block(_availability(station), new), session)

    async def unblock(self, station_id: str, fault_id: str, session: Session) -> Station:
        """Bring back what a fault kept out of use, unless another one does; otherwise like `block`."""
        station = await self.get(station_id, session)
        return await self._make_available(station, unblock(_availability(station), fault_id), session)

    async def _make_available(self, station: Station, wanted: Availability, session: Session) -> Station:
        await Station.save_blocks(
            station.id, list(wanted.blocks), wanted.state, session, paused=wanted.paused_by_fault
        )
        return await self.get(station.id, session)

    async def renew(self, station_id: str, information: dict[str, Any], session: Session) -> Station:
        """Write some fields of the information of a station; raises StationNotFoundError."""
        await Station.renew(station_id, information, session)
        return await self.get(station_id, session)

    async def save_information(self, stations: list[Station]) -> tuple[int, int]:
        """Add stations and renew the information of those there; returns (added, changed)."""
        return await Station.save_information(stations)


def stock_of(station: Station, packs: CountedPacks) -> Stock:
    """Return the stock of a station from its counted packs."""
    closed_and_empty = max(0, len(station.closed_slots) - packs.shut_in)
    return Stock(
        charged_packs=packs.charged,
        held_packs=packs.held,
        charging_packs=packs.charging,
        faulty_packs=packs.faulty,
        blocked_packs=packs.blocked,
        empty_slots=max(0, station.information.slot_count - packs.total - closed_and_empty),
    )


def _availability(station: Station) -> Availability:
    return Availability(station.status.state, tuple(station.blocks), station.paused_by_fault)


def _matching(wanted: StationFilter) -> list[dict[str, Any]]:
    conditions: dict[str, Any] = {}
    if wanted.state is not None:
        conditions["status.state"] = wanted.state
    if wanted.minimum_charged_packs is not None:
        conditions["status.stock.charged_packs"] = {"$gte": wanted.minimum_charged_packs}
    if wanted.near is None:
        return [{"$match": conditions}]
    return [
        {
            "$geoNear": {
                "near": wanted.near.point.as_geojson(),
                "key": "information.location",
                "distanceField": "distance_metres",
                "maxDistance": wanted.near.within_metres,
                "query": conditions,
                "spherical": True,
            }
        }
    ]


def _past(distance: float, last_id: str) -> dict[str, Any]:
    return {
        "$or": [
            {"distance_metres": {"$gt": distance}},
            {"distance_metres": distance, "_id": {"$gt": last_id}},
        ]
    }


@dataclass(frozen=True, slots=True)
class StationsServices(SliceServices):
    """What the slice stations offers."""

    stations: StationService
