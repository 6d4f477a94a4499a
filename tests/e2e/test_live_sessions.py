"""A live stream ends with the session that it belongs to, and shows nothing that its reader may not see."""

from datetime import timedelta

import pytest
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e import operations as op
from tests.factories.network import a_rider, a_station
from tests.factories.users import PASSWORD, a_user
from tests.features.swapping.steps import confirm
from tests.support.api import Api, Subscribed, live, running

pytestmark = pytest.mark.streams


def token_of(runtime: Runtime, user: User) -> str:
    return runtime.access_tokens.issue(user.id, user.role, new_id())[0]


async def refusal(subscribed: Subscribed) -> str:
    """Return the code with which a subscription ended or was never begun."""
    message = await subscribed.message()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    return str(errors[0]["extensions"]["code"])


async def test_a_stream_ends_when_its_session_is_signed_out(runtime: Runtime) -> None:
    station = await a_station(runtime)
    user = await a_user(password=PASSWORD)
    async with running(runtime, relay=True) as address, Api(address) as api:
        answer = await api.ask(op.SIGN_IN, input={"email": user.email, "password": PASSWORD})
        api.token = answer["session"]["accessToken"]
        async with live(address, api.token) as socket:
            stations = await socket.subscribe(
                op.STATION_CHANGED, ids=[relay.to_base64("Station", station.id)]
            )
            assert (await stations.next())["__typename"] == "StationsSnapshot"
            assert await api.ask("mutation { signOut { isSignedOut } }") == {"isSignedOut": True}
            assert await refusal(stations) == "SESSION_ENDED"


async def test_a_token_that_ran_out_opens_no_stream_on_a_socket_that_is_open(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    token = token_of(runtime, await a_user())
    async with running(runtime) as address, live(address, token) as socket:
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes))
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[relay.to_base64("Station", station.id)])
        assert await refusal(stations) == "NOT_SIGNED_IN"


async def test_a_stream_whose_token_runs_out_ends_at_its_next_moment(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    token = token_of(runtime, await a_user())
    rider, _ = await a_rider()
    async with running(runtime, relay=True) as address, live(address, token) as socket:
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[relay.to_base64("Station", station.id)])
        await stations.next()
        clock.advance(timedelta(minutes=runtime.settings.access_token_minutes))
        await confirm(runtime, rider.id, station)
        assert await refusal(stations) == "SESSION_ENDED"


async def test_a_rider_watches_its_own_entry_only(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    async with running(runtime) as address:
        async with live(address, token_of(runtime, await a_user())) as stranger:
            watched = await stranger.subscribe(op.ENTRY_CHANGED, id=relay.to_base64("QueueEntry", entry.id))
            assert await refusal(watched) == "ENTRY_NOT_FOUND"
            queue = await stranger.subscribe(op.QUEUE_CHANGED, id=relay.to_base64("Station", station.id))
            assert await refusal(queue) == "NOT_ALLOWED"
        async with live(address, None) as visitor:
            queue = await visitor.subscribe(op.QUEUE_CHANGED, id=relay.to_base64("Station", station.id))
            assert await refusal(queue) == "NOT_SIGNED_IN"


async def test_a_wrong_cursor_or_too_many_stations_are_refused_in_words(runtime: Runtime) -> None:
    station = relay.to_base64("Station", (await a_station(runtime)).id)
    async with running(runtime) as address, live(address, token_of(runtime, await a_user())) as socket:
        assert await refusal(await socket.subscribe(op.STATION_CHANGED, ids=[station], after="x")) == (
            "BAD_CURSOR"
        )
        assert await refusal(await socket.subscribe(op.STATION_CHANGED, ids=[])) == "INVALID_INPUT"
        nowhere = relay.to_base64("Station", "nowhere")
        assert await refusal(await socket.subscribe(op.STATION_CHANGED, ids=[nowhere])) == (
            "STATION_NOT_FOUND"
        )


async def test_a_gap_that_is_gone_is_told_as_a_resync(runtime: Runtime) -> None:
    station = await a_station(runtime)
    identifier = relay.to_base64("Station", station.id)
    async with running(runtime) as address, live(address, token_of(runtime, await a_user())) as socket:
        stations = await socket.subscribe(op.STATION_CHANGED, ids=[identifier])
        first = await stations.next()
        rider, _ = await a_rider()
        await confirm(runtime, rider.id, station)
        await OutboxEvent.find_all().delete()  # as if the events had been forgotten
        resumed = await socket.subscribe(op.STATION_CHANGED, ids=[identifier], after=first["cursor"])
        assert await resumed.next() == {"__typename": "Resync", "reason": "GAP"}
        again = await resumed.next()
        assert again["stations"][0]["status"]["heldPacks"] == 1


async def test_a_queue_snapshot_and_its_updates_make_the_fresh_queue(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=5)
    identifier = relay.to_base64("Station", station.id)
    admin = await a_user(Role.ADMIN)
    token = token_of(runtime, admin)
    async with (
        running(runtime, relay=True) as address,
        Api(address, token) as api,
        live(address, token) as socket,
    ):
        queue = await socket.subscribe(op.QUEUE_CHANGED, id=identifier)
        held = {entry["id"]: entry for entry in (await queue.next())["queue"]["entries"]}
        entries = []
        for _ in range(4):
            rider, _pack = await a_rider()
            entries.append((rider, await confirm(runtime, rider.id, station)))
        for rider, entry in entries[:2]:
            async with Api(address, token_of(runtime, rider)) as phone:
                await phone.ask(op.CANCEL, input={"entryId": relay.to_base64("QueueEntry", entry.id)})
        sequences = []
        for _ in range(6):
            update = await queue.next()
            sequences.append(update["sequence"])
            held[update["entry"]["id"]] = update["entry"]
            if update["entry"]["endedAt"] is not None:
                del held[update["entry"]["id"]]
        fresh = (await api.ask(op.QUEUE, id=identifier))["queue"]
    assert sequences == list(range(1, 7))
    assert list(held.values()) == fresh["entries"]
    assert fresh["length"] == 2
