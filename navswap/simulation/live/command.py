"""A live run as a whole: the agents that live in it, how it is shown, and what it came to."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from navswap.kit.geo import Point
from navswap.simulation.draws import Draws
from navswap.simulation.live.agents import BackgroundTasks, keep_alive
from navswap.simulation.live.client import Account, Api
from navswap.simulation.live.control_room import ControlRoom
from navswap.simulation.live.dealt import DealtNeeds
from navswap.simulation.live.documents import STATIONS
from navswap.simulation.live.meter import Meter, quantile
from navswap.simulation.live.needs import DrainingPacks, Needs, SteadyLoad
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.riders import Rider
from navswap.simulation.live.roads import Roads, StraightRoads, Vehicle
from navswap.simulation.live.roaming import Roaming
from navswap.simulation.live.shops import Shop
from navswap.simulation.live.staff import StaffMember
from navswap.simulation.live.stations import Station
from navswap.simulation.live.town import Town
from navswap.simulation.live.transporters import Transporter

CONTROLLERS = 4
"""Accounts of staff that the controllers of all stations share; one alone would reach its rate limit at high speeds."""
CREW_SECONDS = 2.0
"""Real time after which the next transporter, member of staff or shop begins, so that riders sign in among them."""
SPREAD = 5
"""Every so many stations a transporter begins."""


@dataclass(frozen=True, slots=True)
class People:
    """The e-mail addresses of the accounts by what they do, all with one password.

    `technicians` are those of the staff who repair, `transporters` have the packs that their vehicles carry, `homes` are
    the names of the stations that members of staff belong to. `overseers` watch the network from a control room.
    """

    password: str
    riders: Sequence[str]
    staff: Sequence[str]
    technicians: Collection[str] = ()
    transporters: Mapping[str, int] = field(default_factory=dict)
    shops: Sequence[str] = ()
    homes: Mapping[str, str] = field(default_factory=dict)
    overseers: Sequence[str] = ()


def _show_nothing(_: Meter) -> None:
    """Run in silence."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What is asked of a live run.

    `url` is that of the endpoint, `riders` at most those of `people`. `speed` is how fast the agents live, `rate` the
    swaps a minute that are asked for, None: as packs drain; `dealt` are needs that are given instead. It ends after `minutes` of real time, None: when
    cancelled. `show` is handed the state of the run each `show_seconds`.
    """

    url: str
    people: People
    riders: int = 400
    seed: int = 1
    speed: float = 1.0
    rate: float | None = None
    dealt: DealtNeeds | None = None
    minutes: float | None = None
    show: Callable[[Meter], None] = _show_nothing
    show_seconds: float = 1.0
    roads: Roads = field(default_factory=StraightRoads)


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What a run came to."""

    options: dict[str, Any]
    meter: Meter

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {"options": self.options, **self.meter.as_json()}


async def run_live(options: LiveOptions, ended: asyncio.Event | None = None) -> LiveReport:
    """Let agents live until the time is over or `ended` is set; either way, and cancelled, all of them end in order.

    Raises SignInRefusedError where the accounts are not those of the server.
    """
    meter = Meter()
    seconds = None if options.minutes is None else options.minutes * 60.0
    ended = ended or asyncio.Event()
    async with Api(options.url, meter) as api, BackgroundTasks() as background:
        background.add(_show(options, meter))
        background.add(_begin(options, api, background))
        await background.wait(ended, seconds)
    return LiveReport(_plain(options), meter)


async def _begin(options: LiveOptions, api: Api, background: BackgroundTasks) -> None:
    """Start all agents, as soon as the server answers."""
    for life in await _agents(options, api):
        background.add(life)


async def _agents(options: LiveOptions, api: Api) -> list[Coroutine[Any, Any, None]]:
    """Return the lives of all agents, none of them begun."""
    city = await _open_city(options, api)
    lives = [keep_alive("station", station.live, api.meter) for station in city.town.stations.values()]
    needs: Needs = DrainingPacks(city.draws, city.pace)
    if options.dealt is not None:
        needs = options.dealt
        await options.dealt.look(list(city.town.stations.values()))
        lives.append(options.dealt.run())
    elif options.rate is not None:
        needs = load = SteadyLoad(city.draws, options.rate)
        lives.append(load.run())
    crew: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        *(("transporter", transporter.live) for transporter in city.transporters()),
        *(("staff", member.live) for member in city.staff()),
        *(("shop", shop.live) for shop in city.shops()),
    ]
    lives += [
        keep_alive(
            "control room",
            ControlRoom(Account(api, email, options.people.password), api.meter).live,
            api.meter,
            after_seconds=CREW_SECONDS,
        )
        for email in options.people.overseers
    ]
    lives += [
        keep_alive(kind, live, api.meter, after_seconds=place * CREW_SECONDS)
        for place, (kind, live) in enumerate(crew)
    ]
    lives += [keep_alive("rider", rider.live, api.meter) for rider in city.riders(needs)]
    return lives


@dataclass(frozen=True, slots=True)
class City:
    """What agents are made of. `accounts` are those of the staff, which the stations use, too."""

    options: LiveOptions
    api: Api
    town: Town
    draws: Draws
    pace: Pace
    run: str
    accounts: Sequence[Account]

    def riders(self, needs: Needs) -> Iterator[Rider]:
        """Yield the riders."""
        roaming, meter = Roaming(self.town, self.draws, self.pace), self.api.meter
        for number, email in enumerate(self.options.people.riders[: self.options.riders]):
            account = self._account(email)
            vehicle = self._vehicle(account, self.town.home(None, number))
            yield Rider(number, account, vehicle, self.town, self.pace, needs, roaming, meter, self.run)

    def transporters(self) -> Iterator[Transporter]:
        """Yield the transporters, spread over the city."""
        for number, (email, capacity) in enumerate(self.options.people.transporters.items()):
            account = self._account(email)
            vehicle = self._vehicle(account, self.town.home(None, number * SPREAD))
            yield Transporter(
                number, account, vehicle, capacity, self.town, self.draws, self.pace, self.api.meter
            )

    def staff(self) -> Iterator[StaffMember]:
        """Yield the members of staff, each at its home station."""
        people = self.options.people
        for number, account in enumerate(self.accounts):
            vehicle = self._vehicle(account, self.town.home(people.homes.get(account.email), number))
            repairs = account.email in people.technicians
            yield StaffMember(
                number, account, vehicle, repairs, self.town, self.draws, self.pace, self.api.meter
            )

    def shops(self) -> Iterator[Shop]:
        """Yield the partner shops."""
        for number, email in enumerate(self.options.people.shops):
            yield Shop(number, self._account(email), self.draws, self.pace, self.api.meter)

    def _account(self, email: str) -> Account:
        return Account(self.api, email, self.options.people.password)

    def _vehicle(self, account: Account, at: Point) -> Vehicle:
        return Vehicle(account, at, self.options.roads, self.pace, self.api.meter)


async def _open_city(options: LiveOptions, api: Api) -> City:
    draws, pace, run = Draws(options.seed), Pace(options.speed), secrets.token_hex(4)
    accounts = [Account(api, email, options.people.password) for email in options.people.staff]
    controllers = accounts[:CONTROLLERS]
    # before any rider, so that stations report from the first second on; a refusal is raised where the account is needed
    await asyncio.gather(*(account.token() for account in controllers), return_exceptions=True)
    stations = await _stations(controllers, draws, pace, api.meter, run)
    return City(options, api, Town.of(stations), draws, pace, run, accounts)


async def _stations(
    controllers: Sequence[Account], draws: Draws, pace: Pace, meter: Meter, run: str
) -> list[Station]:
    """Read the stations of the network, by id."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = await controllers[0].ask(STATIONS, after=after)
        found.extend(edge["node"] for edge in page["edges"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return [
        Station(
            number=number,
            of=len(found),
            id=one["id"],
            name=one["name"],
            point=Point(**one["location"]),
            slots=one["slotCount"],
            account=controllers[number % len(controllers)],
            draws=draws,
            pace=pace,
            meter=meter,
            run=run,
        )
        for number, one in enumerate(sorted(found, key=lambda station: station["id"]))
    ]


async def _show(options: LiveOptions, meter: Meter) -> None:
    while True:
        options.show(meter)
        await asyncio.sleep(options.show_seconds)


def status_line(meter: Meter) -> str:
    """Return the state of a run in one line."""
    wait = quantile(meter.waits, 0.5)
    parts = [
        f"{meter.swaps} swaps ({meter.swaps_per_minute():.1f}/min)",
        f"{meter.riding} riders on the way",
        f"{meter.events_per_second():.1f} events/s",
        f"{meter.signed_in} signed in",
        f"{sum(meter.refusals.values())} refusals",
        f"{meter.lost_swaps} lost",
        f"{sum(meter.failures.values())} failures",
    ]
    if wait is not None:
        parts.insert(2, f"wait {wait:.1f} min")
    return " · ".join(parts)


def _plain(options: LiveOptions) -> dict[str, Any]:
    names = ("url", "riders", "seed", "speed", "rate", "minutes")
    return {name: getattr(options, name) for name in names}
