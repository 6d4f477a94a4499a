"""An invented network to put load on: stations with charged packs, and riders who are on their way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import TypeVar

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.bench.errors import BenchError
from navswap.features.packs.service import Pack, PacksServices, Place, PlaceKind, count_packs
from navswap.features.positions.service import MAX_BATCH, PositionsServices
from navswap.features.stations.service import (
    Information,
    Station,
    StationsServices,
    new_station,
)
from navswap.features.users.service import User, UsersServices
from navswap.infra.mongo import Database
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime

T = TypeVar("T")

SLOTS = 12
PACKS_A_STATION = 10
"""All of them charged: a bench of holds wants holds, not refusals."""
STATION_DEGREES = 0.01
"""Distance of neighbouring stations, about 1 km."""
CITY = Point(121.5, 25.0)
ELSEWHERE = Point(121.0, 24.5)
"""Where the riders are: in no fence, so that no rider counts as a walk-in."""
STRIDE_DEGREES = 0.00005
"""How far a rider gets in a second, about 5 m."""
LAP_SECONDS = 400
TRAIL = timedelta(hours=12)
"""How far back the points of a bench begin; each rider goes on from there."""
BULK = 1_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One hold to make: who wants it, and where."""

    rider_id: str
    station_id: str


@dataclass(frozen=True, slots=True)
class Network:
    """What was built; every rider gets one hold, and every pack is held once."""

    database: Database
    station_ids: Sequence[str]
    rider_ids: Sequence[str]

    def spread(self) -> list[Turn]:
        """Return the holds so that those made at the same time are at different stations."""
        return [Turn(*pair) for pair in zip(self.rider_ids, cycle(self.station_ids), strict=False)]

    def crowded(self) -> list[Turn]:
        """Return the holds so that those made at the same time are at one station, or at two."""
        return sorted(self.spread(), key=lambda turn: turn.station_id)

    async def free_all(self) -> None:
        """End all holds and forget what was published."""
        for name in ("queues", "idempotency_keys", "fence_watches", "outbox"):
            await self.database[name].delete_many({})
        await self.database["packs"].update_many({"held_by": {"$ne": None}}, {"$set": {"held_by": None}})
        await self.database["stations"].update_many(
            {},
            {
                "$set": {
                    "status.stock.held_packs": 0,
                    "status.stock_by_model.$[].stock.held_packs": 0,
                    "status.queue_length": 0,
                }
            },
        )

    async def require_holds(self, expected: int) -> None:
        """Raise BenchError unless there are exactly so many entries, held packs and counted holds."""
        entries = await self.database["queues"].count_documents({"active": True})
        packs = await self.database["packs"].count_documents({"held_by": {"$ne": None}})
        group = {"$group": {"_id": None, "held": {"$sum": "$status.stock.held_packs"}}}
        counted = await (await self.database["stations"].aggregate([group])).to_list()
        found = {"entries": entries, "packs": packs, "counted at stations": counted[0]["held"]}
        if set(found.values()) != {expected}:
            raise BenchError(f"{expected} holds were answered, but the database has {found}.")


class Fleet:
    """Riders spread over a lap, who move on with every point that they report."""

    def __init__(self, riders: Sequence[str], now: datetime, seconds_apart: int = 1) -> None:
        self.riders = riders
        self._turns = cycle(riders)
        self._start = now - TRAIL
        self._seconds_apart = seconds_apart
        self._seconds = dict.fromkeys(riders, 0)
        self._ahead = {rider: LAP_SECONDS * place // len(riders) for place, rider in enumerate(riders)}

    def points_of_many(self, count: int) -> list[GpsPoint]:
        """Return the next point of each of the next riders; `count` is at most the number of riders."""
        return [self._next(rider) for rider in islice(self._turns, count)]

    def points_of_one(self, count: int) -> list[GpsPoint]:
        """Return the next points of the next rider."""
        rider = next(self._turns)
        return [self._next(rider) for _ in range(count)]

    def _next(self, rider: str) -> GpsPoint:
        seconds = self._seconds[rider] = self._seconds[rider] + self._seconds_apart
        strides = abs((seconds + self._ahead[rider]) % LAP_SECONDS - LAP_SECONDS // 2)
        return GpsPoint(
            subject_id=rider,
            point=Point(ELSEWHERE.longitude + strides * STRIDE_DEGREES, ELSEWHERE.latitude),
            recorded_at=self._start + timedelta(seconds=seconds),
            accuracy_metres=8.0,
            speed_metres_per_second=5.0,
            heading_degrees=90.0,
        )


async def build_network(runtime: Runtime, stations: int) -> Network:
    """Store stations, packs and a rider for each pack, and have the riders report where they are."""
    built = [_station(runtime, number) for number in range(stations)]
    packs = [pack for station, packs in built for pack in packs]
    for batch in _bulks(packs):
        await PacksServices.of(runtime).packs.add_missing(batch)
    await StationsServices.of(runtime).stations.save_information([station for station, _ in built])
    riders = await add_riders(runtime, "rider", len(packs))
    fleet = Fleet(riders, runtime.clock.now())
    positions = PositionsServices.of(runtime).positions
    await runtime.producer.wait_until_connected()
    for start in range(0, len(riders), MAX_BATCH):
        points = fleet.points_of_many(min(MAX_BATCH, len(riders) - start))
        await positions.report(signed_in(runtime, new_id(), Role.ADMIN), points)
    return Network(runtime.mongo.database, [station.id for station, _ in built], riders)


async def add_riders(runtime: Runtime, name: str, count: int) -> list[str]:
    """Store riders of a name who cannot sign in, and return their ids."""
    now = runtime.clock.now()
    riders = [
        User(
            id=f"bench-{name}-{number:06}",
            email=f"{name}-{number:06}@bench.test",
            name=f"{name} {number}",
            role=Role.CONSUMER,
            created_at=now,
        )
        for number in range(count)
    ]
    for batch in _bulks(riders):
        await UsersServices.of(runtime).users.add_missing(batch)
    return [rider.id for rider in riders]


def signed_in(runtime: Runtime, user_id: str, role: Role) -> Principal:
    """Return a user as the edge hands it to a use case."""
    return Principal(user_id, role, session_id=new_id(), expires_at=runtime.clock.now() + timedelta(hours=1))


def _station(runtime: Runtime, number: int) -> tuple[Station, list[Pack]]:
    now = runtime.clock.now()
    station_id = f"bench-station-{number:05}"
    packs = [
        Pack(
            id=f"BENCH-{number:05}-{evse_id:03}",
            soc_percent=100.0 - evse_id,
            soh_percent=97.0,
            cycles=120,
            place=Place(kind=PlaceKind.SLOT, holder_id=station_id, evse_id=evse_id),
            reported_at=now,
        )
        for evse_id in range(1, PACKS_A_STATION + 1)
    ]
    place = Point(
        CITY.longitude + STATION_DEGREES * (number % 100), CITY.latitude + STATION_DEGREES * (number // 100)
    )
    information = Information(name=f"Station {number}", point=place, slot_count=SLOTS)
    counts = count_packs(packs, runtime.settings.promised_soc_percent)
    return new_station(station_id, information, counts, now), packs


def _bulks(documents: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(documents), BULK):
        yield documents[start : start + BULK]
