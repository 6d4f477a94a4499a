"""A live run as a whole: the agents that live in it, how it is shown, and what it came to."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from navswap.kit.geo import Point
from navswap.simulation.draws import Draws
from navswap.simulation.live.agents import BackgroundTasks, keep_alive
from navswap.simulation.live.client import Account, Api
from navswap.simulation.live.documents import STATIONS
from navswap.simulation.live.meter import Meter, quantile
from navswap.simulation.live.needs import DrainingPacks, SteadyLoad
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.riders import Rider
from navswap.simulation.live.roads import Roads, StraightRoads, Vehicle
from navswap.simulation.live.stations import Station
from navswap.simulation.live.town import Town

CONTROLLERS = 4
"""Accounts of staff that the controllers of all stations share; one alone would reach its rate limit at high speeds."""


@dataclass(frozen=True, slots=True)
class People:
    """The e-mail addresses of the accounts by what they do, all with one password."""

    password: str
    riders: Sequence[str]
    staff: Sequence[str]
    transporters: Sequence[str] = ()
    shops: Sequence[str] = ()


def _show_nothing(_: Meter) -> None:
    """Run in silence."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What is asked of a live run.

    `url` is that of the endpoint, `riders` at most those of `people`. `speed` is how fast the agents live, `rate` the
    swaps a minute that are asked for, None: as packs drain. It ends after `minutes` of real time, None: when
    cancelled. `show` is handed the state of the run each `show_seconds`.
    """

    url: str
    people: People
    riders: int = 400
    seed: int = 1
    speed: float = 1.0
    rate: float | None = None
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
    draws, pace, run = Draws(options.seed), Pace(options.speed), secrets.token_hex(4)
    password, meter = options.people.password, api.meter
    staff = [Account(api, email, password) for email in options.people.staff]
    town = Town.of(await _stations(staff[:CONTROLLERS], draws, pace, meter, run))
    lives = [keep_alive("station", station.live, meter) for station in town.stations.values()]
    needs: DrainingPacks | SteadyLoad = DrainingPacks(draws, pace)
    if options.rate is not None:
        needs = SteadyLoad(draws, options.rate)
        lives.append(needs.run())
    for number, email in enumerate(options.people.riders[: options.riders]):
        account = Account(api, email, password)
        anywhere = next(iter(town.stations.values())).point
        vehicle = Vehicle(account, anywhere, options.roads, pace, meter)
        rider = Rider(number, account, vehicle, town, draws, pace, needs, meter, run)
        lives.append(keep_alive("rider", rider.live, meter))
    return lives


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
