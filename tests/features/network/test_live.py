"""The network now: what it counts, and that subscribers are shown changes, in every web process."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.events.hub import Hub
from navswap.features.energy.service import EnergyServices
from navswap.features.network.service import FleetAction, LiveService, NetworkServices
from navswap.features.packs.service import Condition
from navswap.features.packs.storage import Packs
from navswap.features.positions.service import PositionsServices
from navswap.features.positions.service.hub import PositionHub
from navswap.features.stations.service import StationState
from navswap.features.swapping.service import SwappingServices
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.slice import fact_topics
from tests.e2e.scenarios import node
from tests.factories.faults import a_ticket
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, packs_at
from tests.factories.network import a_pack, a_rider, a_station
from tests.factories.partners import a_request as a_storage_request
from tests.factories.partners import a_shop
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.api import Api, live, running
from tests.support.seeded import seed_city

LIVE_FIELDS = """
fragment Live on AdminLive {
  asOf
  stations { open closed outOfService withoutFreePacks }
  packs { charged held charging faulty blocked withRiders inShops withTransporters inDepots recalled retired }
  queues { onTheWay waiting swapping lateStations longestWaitMinutes promisedWaitMinutes
    longest { station { id name } length } }
  swaps { swaps walkIns minutesP50 minutesP90 }
  transports { open accepted inTransit overdue }
  tickets { critical major minor overdue }
  staff { people onShift proposed onTheWay diverted }
  events { pending oldestSeconds deadLettered }
  alerts { kind station { id name } subject { id } value }
  alertCount
}"""
LIVE = "query Live { adminLive { ...Live } }" + LIVE_FIELDS
CHANGED = (
    """
subscription Changed($after: String) { adminLiveChanged(after: $after) {
  __typename
  ... on StreamMoment { cursor sequence }
  ... on AdminLiveSnapshot { live { ...Live } }
  ... on AdminLiveUpdate { live { ...Live } }
} }"""
    + LIVE_FIELDS
)


def token(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


async def seen(runtime: Runtime) -> dict[str, Any]:
    async with (
        running(runtime) as address,
        Api(address, token(runtime, await a_user(Role.ANALYST))) as api,
    ):
        network: dict[str, Any] = await api.ask(LIVE)
        return network


async def test_stations_and_packs_are_counted(runtime: Runtime) -> None:
    await a_station(runtime, charged=3, charging=2, faulty=1)
    await a_station(runtime, charged=0, charging=1)
    await a_station(runtime, state=StationState.CLOSED, charged=1)
    broken = await a_station(runtime, state=StationState.OUT_OF_SERVICE, charged=0)
    await a_rider()
    _, pack = await a_rider()
    assert pack is not None
    await Packs.collection().update_one({"_id": pack.id}, {"$set": {"condition": Condition.RETIRED}})
    network = await seen(runtime)
    assert network["stations"] == {"open": 2, "closed": 1, "outOfService": 1, "withoutFreePacks": 1}
    assert {name: count for name, count in network["packs"].items() if count} == {
        "charged": 4,
        "charging": 3,
        "faulty": 1,
        "withRiders": 2,
        "retired": 1,
    }
    assert [alert["kind"] for alert in network["alerts"]] == ["STATION_OUT_OF_SERVICE", "NO_FREE_PACKS"]
    assert network["alerts"][0]["station"]["name"] == broken.information.name
    assert network["alertCount"] == 2


async def test_a_station_that_is_out_of_its_hours_is_closed(runtime: Runtime, clock: ManualClock) -> None:
    for opens, closes in ((-2, -1), (-2, -1), (-1, 1)):
        opening, closing = (clock.now() + timedelta(hours=hours) for hours in (opens, closes))
        await a_station(runtime, charged=0, opening_hours=f"Mo-Su {opening:%H:%M}-{closing:%H:%M}")
    await a_station(runtime, charged=1, opening_hours="ask at the kiosk")
    broken = await a_station(runtime, charged=1, state=StationState.OUT_OF_SERVICE, opening_hours="Mo-Su off")
    network = await seen(runtime)
    assert network["stations"] == {"open": 2, "closed": 2, "outOfService": 1, "withoutFreePacks": 1}
    kinds = [alert["kind"] for alert in network["alerts"]]
    assert kinds == ["STATION_OUT_OF_SERVICE", "NO_FREE_PACKS"], "who is closed is not short of packs"
    assert network["alerts"][0]["station"]["name"] == broken.information.name


async def test_what_is_late_or_shed_is_an_alert(runtime: Runtime, clock: ManualClock) -> None:
    station, target = await a_station(runtime), await a_station(runtime)
    ticket = await a_ticket(runtime, station, evse_id=9)
    job = await a_job(runtime, station, target)
    request = await a_storage_request(runtime, await a_shop(), 2, station)
    charging = EnergyServices.of(runtime).charging
    await charging.shed(
        station.id, 2.5, clock.now() + timedelta(hours=11), "The grid asks", a_principal("boss", Role.ADMIN)
    )
    early = {alert["kind"] for alert in (await seen(runtime))["alerts"]}
    assert early == {"FEEDER_SHED"}
    clock.advance(timedelta(hours=10))
    found = {alert["kind"]: alert for alert in (await seen(runtime))["alerts"]}
    found.pop("EVENTS_DELAYED")
    named = {
        kind: (alert["station"]["id"], (alert["subject"] or {}).get("id"), alert["value"])
        for kind, alert in found.items()
    }
    here = node("Station", station.id)
    late = clock.now() - ticket.due_at
    assert named == {
        "TICKET_OVERDUE": (here, node("Ticket", ticket.id), late / timedelta(minutes=1)),
        "JOB_OVERDUE": (node("Station", target.id), node("TransportJob", job.id), 570.0),
        "STORAGE_REQUEST_WAITING": (here, node("StorageRequest", request.id), 600.0),
        "FEEDER_SHED": (here, None, 2.5),
    }
    clock.advance(timedelta(hours=2))
    assert "FEEDER_SHED" not in {alert["kind"] for alert in (await seen(runtime))["alerts"]}


async def test_recalled_packs_are_counted_wherever_they_are(runtime: Runtime) -> None:
    packs = await packs_at(runtime, await a_station(runtime, charged=3))
    _, riding = await a_rider()
    assert riding is not None
    await ordered(runtime, FleetAction.RECALL, packs[0], riding.id)
    await ordered(runtime, FleetAction.RETIRE, packs[1])
    packs_now = (await seen(runtime))["packs"]
    assert {name: count for name, count in packs_now.items() if count} == {
        "charged": 1,
        "faulty": 2,
        "withRiders": 1,
        "recalled": 2,
        "retired": 1,
    }


async def test_waits_are_held_against_the_promise(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime, charged=4)
    riders = [(await a_rider())[0] for _ in range(3)]
    entries = [await confirm(runtime, rider.id, station) for rider in riders]
    await runtime.mongo.in_transaction(
        lambda session: SwappingServices.of(runtime).holds.arrive(entries[0].id, station.id, session)
    )
    clock.advance(timedelta(minutes=12))
    await verify(runtime, entries[2], station)
    network = await seen(runtime)
    queues = network["queues"]
    assert (queues["onTheWay"], queues["waiting"], queues["swapping"]) == (1, 1, 1)
    assert (queues["longestWaitMinutes"], queues["promisedWaitMinutes"]) == (12.0, 10.0)
    assert queues["lateStations"] == 1
    assert queues["longest"][0]["length"] == 3
    assert network["alerts"][0]["kind"] == "EVENTS_DELAYED" or network["alerts"][0]["value"] == 12.0


async def test_the_demonstration_city_is_seen_whole(runtime: Runtime) -> None:
    await seed_city(runtime)
    network = await seen(runtime)
    assert (network["stations"]["open"], network["stations"]["closed"]) == (59, 1), "one opens at 09:00"
    packs = network["packs"]
    places = (
        "charged",
        "charging",
        "faulty",
        "blocked",
        "withRiders",
        "inShops",
        "withTransporters",
        "inDepots",
    )
    assert sum(packs[name] for name in places) == 924
    assert network["staff"]["people"] == 25


@pytest.mark.parametrize("role", [Role.CONSUMER, Role.STAFF, Role.PARTNER, Role.TRANSPORTER])
async def test_the_network_is_shown_to_administrators_and_analysts_only(runtime: Runtime, role: Role) -> None:
    async with (
        running(runtime) as address,
        Api(address, token(runtime, await a_user(role))) as api,
    ):
        assert await api.refused(LIVE) == "NOT_ALLOWED"


async def test_what_a_visitor_may_not_see_does_not_empty_the_rest_of_the_answer(runtime: Runtime) -> None:
    station = await a_station(runtime)
    document = (
        "{ adminLive { asOf } adminLogistics { asOf } adminTraffic { asOf } auditLog { edges { cursor } } "
        "stations(first: 1) { edges { node { id } } } }"
    )
    async with running(runtime) as address, Api(address) as api:
        body = await api.post(document)
    assert {error["extensions"]["code"] for error in body["errors"]} == {"NOT_SIGNED_IN"}
    assert body["data"].pop("stations")["edges"] == [{"node": {"id": node("Station", station.id)}}]
    assert body["data"] == dict.fromkeys(("adminLive", "adminLogistics", "adminTraffic", "auditLog"))


def another_web_process(runtime: Runtime) -> Runtime:
    """Return the same stores behind hubs of their own, as another process has them."""
    positions, network = PositionsServices.of(runtime), NetworkServices.of(runtime)
    services = runtime.services.with_more(
        replace(positions, hub=PositionHub(runtime.settings, runtime.clock)),
        replace(
            network,
            live=LiveService(runtime.clock, network.live._parameters, network.live._dependencies),
        ),
    )
    hub = Hub(runtime.settings, runtime.clock, fact_topics(runtime.slices))
    return replace(runtime, hub=hub, services=services)


@pytest.mark.streams
async def test_subscribers_of_any_web_process_see_what_happened_in_another(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8)
    riders = [(await a_rider())[0] for _ in range(6)]
    admin = token(runtime, await a_user(Role.ADMIN))
    async with (
        running(runtime, worker=True) as here,
        running(another_web_process(runtime)) as there,
        live(here, admin) as near,
        live(there, admin) as far,
    ):
        watches = [await near.subscribe(CHANGED), await far.subscribe(CHANGED)]
        for watch in watches:
            first = await watch.next()
            assert first["__typename"] == "AdminLiveSnapshot"
            assert first["live"]["packs"]["held"] == 0
        await asyncio.gather(*(confirm(runtime, rider.id, station) for rider in riders))
        for watch in watches:
            update = await watch.until(live__packs__held=6)
            assert update["live"]["queues"]["onTheWay"] == 6
            assert update["sequence"] >= 1
            assert update["live"]["queues"]["longest"][0]["length"] == 6
        resumed = await near.subscribe(CHANGED, after=update["cursor"])
        message = await resumed.next()
        assert (message["__typename"], message["sequence"]) == ("AdminLiveUpdate", update["sequence"] + 1)
        assert message["live"]["packs"]["held"] == 6


async def test_a_reading_that_found_nothing_changed_is_not_sent(runtime: Runtime) -> None:
    process = another_web_process(runtime)
    live, hub = NetworkServices.of(process).live, process.hub
    async with aclosing(live.follow(hub, None)) as messages:
        before = await anext(messages)
        upcoming = asyncio.ensure_future(anext(messages))
        async with aclosing(live.follow(hub, None)) as others:
            assert (
                await anext(others)
            ).network.stations == before.network.stations  # read once more, for all
        await a_station(runtime, charged=2)
        async with aclosing(live.follow(hub, None)) as others:
            changed = await anext(others)
        update = await upcoming
    assert (update.sequence, update.network) == (1, changed.network)
    assert update.network.stations != before.network.stations


async def test_reading_the_network_costs_the_same_few_queries_whatever_its_size(runtime: Runtime) -> None:
    for _ in range(5):
        await a_station(runtime)
    await a_pack(replace((await Packs.list_where({}))[0].place, evse_id=12))
    profile = runtime.mongo.database
    await profile.command({"profile": 2})
    try:
        await NetworkServices.of(runtime).live.read()
    finally:
        await profile.command({"profile": 0})
    found = profile["system.profile"].find({"op": {"$in": ["query", "command"]}})
    operations = [operation async for operation in found]
    await profile["system.profile"].drop()
    assert 0 < len(operations) <= 24
