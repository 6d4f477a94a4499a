"""Agents on a served system, through its public API only."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from navswap.devstack.ports import free_port
from navswap.features.swapping.storage import Swaps
from navswap.settings import Settings
from navswap.simulation.draws import Draws
from navswap.simulation.live.client import Account, Api
from navswap.simulation.live.command import LiveOptions, run_live, status_line
from navswap.simulation.live.dealt import DealtNeeds
from navswap.simulation.live.documents import OWN_PACKS
from navswap.simulation.live.errors import SignInRefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import Fate, plan_trip
from tests.factories.network import TAIPEI
from tests.simulation.live.conftest import RIDERS, SmallTown
from tests.support.api import http_client, running
from tests.support.consistency import full_report
from tests.support.waiting import until

FAST = 600.0
"""An hour of the agents' lives in six seconds."""
BUSY = 600.0
"""Needs a minute: a rider who is free is due at once."""


def options(town: SmallTown, url: str, **others: Any) -> LiveOptions:
    return LiveOptions(url, town.people, speed=FAST, rate=BUSY, show_seconds=0.1, **others)


async def swaps_by_rider(town: SmallTown) -> dict[str, int]:
    found = {rider.id: 0 for rider in town.riders}
    async for swap in Swaps.collection().find({}):
        found[swap["rider_id"]] += 1
    return found


async def until_each_has(town: SmallTown, swaps: int) -> None:
    await until(lambda: swaps_by_rider(town), lambda found: min(found.values()) >= swaps)


async def test_riders_swap_through_the_api_and_the_network_is_consistent(town: SmallTown) -> None:
    ended, meters = asyncio.Event(), list[Meter]()

    async def counted() -> int:
        """Return the swaps that the agents know of: the database has each before its answer is with them."""
        return meters[-1].swaps if meters else 0

    async def watched() -> int:
        """Return the moments that the control room saw, which begins after the riders."""
        return meters[-1].views if meters else 0

    async def reported() -> int:
        """Return the heartbeats of stations, whose first turn comes within 15 s."""
        return meters[-1].events["heartbeat"] if meters else 0

    async with running(town.runtime) as address:
        asked = options(town, f"http://{address}/graphql", show=meters.append)
        run = asyncio.create_task(run_live(asked, ended))
        await until_each_has(town, 2)
        await until(counted, lambda swaps: swaps >= 2 * RIDERS)
        await until(watched, bool)
        await until(reported, bool)
        ended.set()
        report = await run
    swaps = await swaps_by_rider(town)
    said = report.as_json()
    assert report.meter.swaps <= sum(swaps.values()), "an answer may have been on its way"
    assert said["operations"]["completeSwap"] >= 2 * len(swaps)
    assert said["events"]["hold"] >= said["events"]["scan"] >= said["events"]["swap"]
    assert said["events"]["heartbeat"] > 0
    assert said["control_room"]["moments"] > 0
    assert said["failures"] == {}
    assert "0 failures" in status_line(meters[-1])
    assert [finding for finding in (await full_report(town.runtime)).findings if not finding.holds] == []


async def test_riders_who_need_nothing_ride_about_and_say_where_they_are(town: SmallTown) -> None:
    ended, meters = asyncio.Event(), list[Meter]()

    async def positions() -> int:
        return meters[-1].events["position"] if meters else 0

    async with running(town.runtime) as address:
        idle = LiveOptions(
            f"http://{address}/graphql", town.people, speed=20.0, show=meters.append, show_seconds=0.1
        )
        run = asyncio.create_task(run_live(idle, ended))
        await until(positions, lambda reported: reported >= 2 * RIDERS)
        ended.set()
        report = await run
    assert (report.meter.riding, report.meter.operations["recommend"]) == (0, 0)
    assert report.as_json()["failures"] == {}


async def test_needs_that_are_dealt_are_each_served_once_at_the_stock_that_was_seen(town: SmallTown) -> None:
    plans = [
        replace(plan_trip(Draws(1), 0, trip), fate=Fate.SWAP, at=TAIPEI, choice=0.0) for trip in range(4)
    ]
    dealt, ended = (
        DealtNeeds([(float(minute), plan) for minute, plan in enumerate(plans)], Pace(FAST)),
        asyncio.Event(),
    )

    async def swaps() -> int:
        return sum((await swaps_by_rider(town)).values())

    async with running(town.runtime) as address:
        asked = LiveOptions(f"http://{address}/graphql", town.people, speed=FAST, dealt=dealt)
        run = asyncio.create_task(run_live(asked, ended))
        await until(swaps, lambda found: found >= len(plans))
        ended.set()
        report = await run
    assert await swaps() == len(plans)
    assert {station: len(slots) for station, slots in dealt.stock.items()} == {
        station.information.name: 10 for station in town.stations
    }
    assert report.meter.lost_swaps == 0
    assert all(charge >= 80.0 for charge in report.meter.charges)


async def test_a_run_ends_by_itself_after_its_minutes(town: SmallTown) -> None:
    async with running(town.runtime) as address:
        report = await run_live(options(town, f"http://{address}/graphql", minutes=0.01, riders=1))
    assert report.as_json()["options"]["riders"] == 1


async def test_accounts_that_the_network_does_not_know_are_refused_in_one_line(town: SmallTown) -> None:
    town.people.staff[0:1] = ["stranger@example.test"]  # type: ignore[index]  # the fixture's own list
    async with running(town.runtime) as address:
        with pytest.raises(SignInRefusedError, match="no such account"):
            await run_live(options(town, f"http://{address}/graphql"))


async def test_a_session_that_has_ended_is_renewed_without_the_agent_noticing(town: SmallTown) -> None:
    meter = Meter()
    async with running(town.runtime) as address, Api(f"http://{address}/graphql", meter) as api:
        account = Account(api, town.people.riders[0], town.people.password)
        first = await account.token()
        await account.token()
        assert (meter.operations["signIn"], meter.operations["refreshSession"]) == (1, 0)
        await account.token(instead_of=first)
        assert (meter.operations["signIn"], meter.operations["refreshSession"]) == (1, 1)
        assert (await account.ask(OWN_PACKS))["id"] == await account.user_id()


@contextmanager
def web_process(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `navswap serve` on the servers of the test, and end it by its id."""
    names = (
        "models_dir",
        "mongo_url",
        "mongo_database",
        "redis_url",
        "redis_prefix",
        "kafka_bootstrap",
        "kafka_topic_prefix",
    )
    environment = {f"NAVSWAP_{name.upper()}": str(getattr(settings, name)) for name in names}
    environment |= {
        "NAVSWAP_JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "NAVSWAP_KAFKA_CREATE_TOPICS": str(settings.kafka_create_topics).lower(),
        "NAVSWAP_RATE_LIMIT_ADDRESS_PER_MINUTE": "100000",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "navswap", "serve", "--port", str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def answers(port: int) -> bool:
    async with http_client() as client:
        with suppress(httpx.TransportError):
            return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    return False


async def test_agents_outlive_a_web_process_that_is_killed_and_started_again(town: SmallTown) -> None:
    port, ended, meters = free_port(), asyncio.Event(), list[Meter]()

    async def failures() -> int:
        """Return how often the agents found that nobody answers."""
        return len(meters[-1].failures) if meters else 0

    with web_process(town.runtime.settings, port) as process:
        await until(lambda: answers(port), bool)
        asked = options(town, f"http://127.0.0.1:{port}/graphql", show=meters.append)
        run = asyncio.create_task(run_live(asked, ended))
        await until_each_has(town, 1)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        await until(failures, bool)
    before = max((await swaps_by_rider(town)).values())
    async with running(town.runtime, port=port):
        await until_each_has(town, before + 1)
        ended.set()
        report = await run
    assert not [what for what in report.meter.failures if what.startswith(("rider error", "station error"))]
    assert [finding for finding in (await full_report(town.runtime)).findings if not finding.holds] == []
