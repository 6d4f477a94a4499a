"""What a control room holds of the tickets, faults and commands of stations is what a fresh snapshot has."""

import asyncio
from datetime import timedelta

import pytest
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.feeds import FeedCounter
from navswap.features.faults.domain.catalogue import Action, FaultCode
from navswap.features.faults.events import (
    CommandChanged,
    FaultAdvanced,
    FaultChanged,
    FaultReopened,
    TicketChanged,
    faults_feed,
)
from navswap.features.faults.service import FaultsServices
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.faults import (
    BROKEN,
    a_reading,
    a_ticket,
    advance,
    on_site,
    pending,
    telemetry,
    the_fault,
)
from tests.factories.network import a_station
from tests.factories.users import a_user, token_of
from tests.features.faults.test_faults import report
from tests.support.api import live, running
from tests.support.streams import Apply, Json, types_of, upsert, verify_stream


def open_ones(held_list: str, item: str) -> Apply:
    """Return the rule of a client: keep what is not resolved, oldest first, also where it comes back."""
    keep = upsert(held_list, item, ended=lambda changed: bool(changed["state"] == "RESOLVED"))

    def apply(held: Json, update: Json) -> None:
        keep(held, update)
        held[held_list].sort(key=lambda known: relay.from_base64(known["id"]))

    return apply


TICKETS, FAULTS = open_ones("tickets", "ticket"), open_ones("faults", "fault")


def commands(held: Json, update: Json) -> None:
    """Bring the commands of a gateway up to date."""
    command = update["command"]
    others = [known for known in held["commands"] if known["commandId"] != command["commandId"]]
    held["commands"] = [*others, *([command] if command["outcome"] == "PENDING" else [])]


@pytest.mark.parametrize("scope", ["all", "one"])
async def test_a_control_room_follows_every_ticket_of_its_stations(runtime: Runtime, scope: str) -> None:
    stations = [await a_station(runtime) for _ in range(3)]
    known = await a_ticket(runtime, stations[0])
    staff, tickets = await a_user(Role.STAFF), FaultsServices.of(runtime).tickets
    watched = None if scope == "all" else [node("Station", station.id) for station in stations[:2]]
    async with verify_stream(runtime, staff, "ticketsChanged", TICKETS, stationIds=watched) as stream:
        others = [await a_ticket(runtime, station) for station in stations[1:]]
        for ticket in (known, *others):
            await tickets.assign(ticket.id, staff.id, "admin")
        await tickets.comment(known.id, staff.id, "On my way", new_id())
        technician = await on_site(runtime, staff.id)
        await tickets.resolve(known.id, technician, Action.SWAP_MODULE, "new module")
        await tickets.reopen(known.id, staff.id, "still broken")
        await tickets.resolve(others[0].id, technician, Action.SWAP_MODULE, "new module")
    assert len(stream.updates) == (9 if scope == "all" else 7)
    assert set(stream.facts) <= types_of(TicketChanged)


@pytest.mark.parametrize(
    ("field", "apply", "item", "listed"),
    [("ticketsChanged", TICKETS, "ticket", "tickets"), ("faultsChanged", FAULTS, "fault", "faults")],
)
async def test_a_station_that_is_added_later_is_followed_and_cursors_of_before_are_good(
    runtime: Runtime, field: str, apply: Apply, item: str, listed: str
) -> None:
    await a_ticket(runtime, await a_station(runtime))
    async with verify_stream(runtime, await a_user(Role.ADMIN), field, apply) as stream:
        late = await a_station(runtime)
        await a_ticket(runtime, late)
    assert len(stream.snapshot[listed]) == 1
    stations = {update[item]["station"]["id"] for update in stream.updates}
    assert stations == {node("Station", late.id)}


async def test_a_control_room_follows_every_fault(runtime: Runtime, clock: ManualClock) -> None:
    station, other = await a_station(runtime, charged=3), await a_station(runtime)
    admin = await a_user(Role.ADMIN)
    async with verify_stream(runtime, admin, "faultsChanged", FAULTS) as stream:
        await report(runtime, station, FaultCode.LATCH_STUCK, evse_id=2)
        ticket = await a_ticket(runtime, other)
        await FaultsServices.of(runtime).tickets.resolve(
            ticket.id, await on_site(runtime, admin.id), Action.SWAP_MODULE, "new module"
        )
        await FaultsServices.of(runtime).tickets.reopen(ticket.id, admin.id, "still broken")
        clock.advance(timedelta(minutes=10))
        await advance(runtime)
    assert set(stream.facts) == types_of(FaultChanged)
    assert {FaultAdvanced.type, FaultReopened.type} <= set(stream.facts)


async def test_the_gateway_of_a_station_follows_its_commands(runtime: Runtime, clock: ManualClock) -> None:
    station, other, staff = await a_station(runtime), await a_station(runtime), await a_user(Role.STAFF)
    await telemetry(runtime, station, a_reading(runtime, evse_id=1, error_code=BROKEN))
    async with verify_stream(
        runtime, staff, "stationCommandsChanged", commands, stationId=node("Station", station.id)
    ) as stream:
        await telemetry(runtime, other, a_reading(runtime, evse_id=1, error_code=BROKEN))
        service = FaultsServices.of(runtime).commands
        first = pending(await the_fault(station)).command_id
        await service.answer(first, accepted=False, detail="no")
        await advance(runtime)
        clock.advance(timedelta(minutes=10))
        await advance(runtime)
    assert stream.snapshot["commands"][0]["commandId"] == node("FaultAttempt", first)
    assert set(stream.facts) == types_of(CommandChanged)


async def test_a_feed_counts_without_a_gap_whatever_is_published_at_once(runtime: Runtime) -> None:
    station = await a_station(runtime, slot_count=12)
    await asyncio.gather(
        *(report(runtime, station, FaultCode.LATCH_STUCK, evse_id=slot) for slot in range(1, 9))
    )
    feed = faults_feed(station.id)
    events = await runtime.mongo.database["outbox"].find({"streams.name": feed}).sort("position", 1).to_list()
    numbers = [
        stream["sequence"] for event in events for stream in event["streams"] if stream["name"] == feed
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert await FeedCounter.positions([feed, "faults:nowhere"]) == {feed: len(numbers), "faults:nowhere": 0}


@pytest.mark.parametrize(
    ("role", "field"),
    [
        (Role.CONSUMER, "ticketsChanged"),
        (Role.PARTNER, "faultsChanged"),
        (Role.TRANSPORTER, "transportJobsChanged"),
    ],
)
async def test_others_do_not_watch_the_network(runtime: Runtime, role: Role, field: str) -> None:
    token = token_of(runtime, await a_user(role))
    async with running(runtime) as address, live(address, token) as socket:
        refused = await socket.ask(f"subscription {{ {field} {{ __typename }} }}")
    assert refused["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"
