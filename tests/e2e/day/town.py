"""The town of the day: stations, people, a depot and two shops, and what is wanted of all of them at any time."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.consistency.check import ConsistencyReport
from navswap.features.logistics.domain.needs import demand_span
from navswap.features.packs.service import Condition, Place, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.partners.service import PartnerShop
from navswap.features.procurement.service import Depot
from navswap.features.staffing.service import Skill, StaffingServices, StaffMember
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.users.storage import Users
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from navswap.worker import fact_consumers, streams
from tests.e2e.day.passing import Facts, Timetable
from tests.e2e.day.people import Person, some_people
from tests.e2e.scenarios import node
from tests.factories.energy import a_tariff
from tests.factories.logistics import demand
from tests.factories.network import TAIPEI, a_pack, a_station
from tests.factories.partners import a_shop
from tests.factories.procurement import a_depot, depot_packs
from tests.factories.staffing import ALL_DAY
from tests.support.api import running
from tests.support.consistency import full_report
from tests.support.geo import destination

SEED = 20260302
RIDERS = 18

PLACES: Mapping[str, tuple[float, float, dict[str, Any]]] = {
    "yard": (0, 0, {"charged": 18, "slot_count": 22}),
    "market": (90, 1_000, {"charged": 9, "charging": 1}),
    "harbour": (180, 1_100, {"charged": 2, "charging": 2, "slot_count": 24}),
    "hill": (0, 1_500, {"charged": 6, "charging": 2, "faulty": 1}),
    "park": (270, 2_000, {"charged": 3, "charging": 1, "state": StationState.CLOSED}),
    "island": (90, 40_000, {"charged": 1, "slot_count": 3}),
    "kiosk": (0, 60_000, {"charged": 1, "slot_count": 3}),
}
"""Bearing in degrees and metres from the yard, and what stands there in the morning."""

SWAPS_LAST_WEEK = {"harbour": 4, "market": 2, "hill": 1}
"""In each half hour of the same day: what comes is foreseen, and the yard has more than it needs."""

CHECKS_MEANWHILE = 6

CITY = ("yard", "market", "harbour", "hill", "park")
"""Stations among which riders choose; the others are too far from everything."""


@dataclass
class Town:
    """Everything that the script works with."""

    runtime: Runtime
    clock: ManualClock
    address: str
    timetable: Timetable
    facts: Facts
    chance: random.Random
    stations: dict[str, Station] = field(default_factory=dict)
    riders: list[Person] = field(default_factory=list)
    staff: list[Person] = field(default_factory=list)
    transporters: list[Person] = field(default_factory=list)
    partners: list[Person] = field(default_factory=list)
    shops: list[PartnerShop] = field(default_factory=list)
    admin: Person = field(init=False)
    analyst: Person = field(init=False)
    depot: Depot = field(init=False)
    depot_packs: list[str] = field(default_factory=list)
    known_packs: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    examined: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    checks_meanwhile: int = 0
    keys: int = 0

    async def pass_minutes(self, minutes: float) -> None:
        """Let time pass: what has happened is reacted to, then the worker does what is due, and what follows from it happens.

        What is due looks at what the reactions wrote, and is not due again before the script moves the clock again.
        """
        await self.facts.drain()
        await self.timetable.pass_by(timedelta(minutes=minutes))
        await self.facts.drain()

    async def pass_until(self, moment: datetime) -> None:
        """Let time pass until a moment, if it is not there yet."""
        if (left := moment - self.clock.now()) > timedelta(0):
            await self.pass_minutes(left / timedelta(minutes=1))

    async def check(self) -> ConsistencyReport:
        """Examine the network as an operator does, once its streams are drained; all must hold, and no pack be gone."""
        await self.facts.drain()
        report = await full_report(self.runtime)
        broken = [(one.name, one.offenders) for one in report.findings if not one.holds]
        assert broken == [], f"at {self.clock.now():%H:%M}"
        self.examined |= Counter({one.name: one.examined for one in report.findings})
        assert set(await Packs.collection().distinct("_id")) == self.known_packs
        return report

    @asynccontextmanager
    async def checked_meanwhile(self) -> AsyncIterator[None]:
        """Examine the network again and again while it works, with nothing drained: every moment of it must hold."""
        done = asyncio.Event()

        async def examine() -> None:
            while not done.is_set() and self.checks_meanwhile < CHECKS_MEANWHILE:
                self.checks_meanwhile += 1
                broken = [one for one in (await full_report(self.runtime)).findings if not one.holds]
                assert broken == []

        examining = asyncio.create_task(examine())
        try:
            yield
        finally:
            done.set()
            await examining

    async def idle_riders(self, count: int) -> list[Person]:
        """Return some riders, by chance, who hold nothing."""
        free: list[Person] = []
        for rider in self.chance.sample(self.riders, len(self.riders)):
            if len(free) < count and await rider.ask("{ queueEntry { id } }") is None:
                free.append(rider)
        assert len(free) == count
        return free

    def node(self, station: str) -> str:
        """Return the id of a station in the API."""
        return node("Station", self.stations[station].id)

    def point(self, station: str) -> Point:
        """Return where a station is."""
        return self.stations[station].information.point

    def name_of(self, station_node: str) -> str:
        """Return the name in the script of a station that the API has named."""
        return next(name for name in self.stations if self.node(name) == station_node)

    def key(self) -> str:
        """Return an idempotency key that nobody has used."""
        self.keys += 1
        return f"key-{self.keys}"

    @property
    def clerk(self) -> Person:
        """Return who stands at the counter: somebody of the staff."""
        return self.staff[0]


@asynccontextmanager
async def a_town(runtime: Runtime, clock: ManualClock) -> AsyncIterator[Town]:
    """Build the town, sign everybody in, and serve it: the web process, and a worker whose schedule the script runs."""
    consumers = fact_consumers(runtime)
    async with running(runtime, *streams(runtime, consumers)) as address:
        town = Town(runtime, clock, address, Timetable(runtime, clock), Facts(consumers), random.Random(SEED))
        await _build(town)
        await _people(town)
        await _history(town)
        town.known_packs = set(await Packs.collection().distinct("_id"))
        yield town
        for person in _everybody(town):
            await person.api.http.aclose()


async def _build(town: Town) -> None:
    tariff = await a_tariff(town.runtime)
    stations = StationsServices.of(town.runtime).stations
    for name, (bearing, metres, packs) in PLACES.items():
        built = await a_station(town.runtime, point=destination(TAIPEI, bearing, metres), **packs)
        information = replace(built.information, tariff_id=tariff.id, feeder_limit_kw=6.0)
        await stations.save_information([replace(built, information=information)])
        town.stations[name] = await stations.get(built.id)
    town.depot = await a_depot(point=town.point("market"))
    town.depot_packs = [pack.id for pack in await depot_packs(town.depot, 2)]
    await depot_packs(town.depot, 3, Condition.FAULTY)


async def _people(town: Town) -> None:
    async def some(role: Role, count: int) -> list[Person]:
        return await some_people(town.runtime, town.clock, town.address, role, count, TAIPEI)

    town.riders = await some(Role.CONSUMER, RIDERS)
    for rider in town.riders:
        place = Place(kind=PlaceKind.RIDER, holder_id=rider.id)
        rider.pack = (await a_pack(place, soc_percent=12.0)).id
    town.staff = await some(Role.STAFF, 4)
    town.transporters = await some(Role.TRANSPORTER, 3)
    town.partners = await some(Role.PARTNER, 2)
    [town.admin], [town.analyst] = await some(Role.ADMIN, 1), await some(Role.ANALYST, 1)
    homes = zip(town.staff, ("yard", "hill", "harbour", "park"), strict=True)
    await StaffingServices.of(town.runtime).staff.save(
        [
            StaffMember(
                id=person.id,
                home_station_id=town.stations[home].id,
                skills=(Skill.SERVICE, Skill.REPAIR) if home == "harbour" else (Skill.SERVICE,),
                hours=ALL_DAY,
            )
            for person, home in homes
        ]
    )
    for partner in town.partners:
        owner = await Users.find(partner.id)
        town.shops.append(await a_shop(owner, point=town.point("market"), time_zone="UTC"))


async def _history(town: Town) -> None:
    """Remember a week ago."""
    first = demand_span(town.clock.now()) - timedelta(days=7)
    for name, swaps in SWAPS_LAST_WEEK.items():
        for half_hour in range(48):
            time = first + timedelta(minutes=30) * half_hour
            await demand(town.runtime, town.stations[name].id, time, swaps)


def _everybody(town: Town) -> list[Person]:
    people = (*town.riders, *town.staff, *town.transporters, *town.partners, town.admin, town.analyst)
    return list(people)
