"""Opening hours count: closed stations are not recommended, give no holds and take none over."""

from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.stations.service import StationsServices, StationState
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.errors import StationClosedError
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.service import recommendations as recommending
from navswap.features.swapping.storage import QueueEntries
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.steps import confirm
from tests.support.api import Api, running
from tests.support.geo import destination

CONFIRM = """mutation Confirm($input: ConfirmQueueInput!) {
  confirmQueue(input: $input) { __typename ... on StationClosed { code message opensAt } }
}"""


def closing_in(clock: ManualClock, minutes: int) -> str:
    """Return the hours (UTC) of a station that closes in so many minutes, and opens two hours later."""
    closes = clock.now() + timedelta(minutes=minutes)
    opens = closes + timedelta(hours=2)
    return f"Mo-Su {opens:%H:%M}-{closes:%H:%M}"


async def test_a_hold_that_would_end_after_closing_is_refused_and_says_when_the_station_opens(
    runtime: Runtime, clock: ManualClock
) -> None:
    hold = runtime.settings.hold_minutes
    late = await a_station(runtime, opening_hours=closing_in(clock, hold - 1))
    in_time = await a_station(runtime, opening_hours=closing_in(clock, hold + 1))
    rider, _ = await a_rider()
    with pytest.raises(StationClosedError) as refused:
        await confirm(runtime, rider.id, late)
    opens = (clock.now() + timedelta(minutes=hold - 1, hours=2)).replace(second=0, microsecond=0)
    assert refused.value.opens_at == opens
    assert f"opens on {opens:%Y-%m-%d at %H:%M} (UTC)." in refused.value.message
    assert (await confirm(runtime, rider.id, in_time)).station_id == in_time.id


async def test_the_refusal_of_the_api_has_the_time_of_opening(runtime: Runtime, clock: ManualClock) -> None:
    closed = await a_station(runtime, opening_hours=closing_in(clock, -5))
    rider, _ = await a_rider()
    token, _ = runtime.access_tokens.issue(rider.id, rider.role, new_id())
    wanted = {"stationId": node("Station", closed.id), "idempotencyKey": "k"}
    async with running(runtime) as address, Api(address, token) as api:
        answer = await api.ask(CONFIRM, input=wanted)
    opens = (clock.now() + timedelta(minutes=115)).replace(second=0, microsecond=0)
    assert (answer["__typename"], answer["code"]) == ("StationClosed", "STATION_CLOSED")
    assert answer["opensAt"] == f"{opens:%Y-%m-%dT%H:%M}:00.000Z"


async def test_a_station_without_known_hours_gives_holds(runtime: Runtime) -> None:
    unknown = await a_station(runtime, opening_hours="ask at the kiosk")
    entry = await confirm(runtime, (await a_rider())[0].id, unknown)
    assert entry.station_id == unknown.id


async def test_closed_stations_are_not_recommended_however_many_are_near(
    runtime: Runtime, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommending, "CANDIDATES", 2)
    for metres in (100, 200, 300):
        await a_station(runtime, point=destination(TAIPEI, 90, metres), opening_hours=closing_in(clock, -5))
    closing = await a_station(runtime, point=destination(TAIPEI, 90, 350), opening_hours=closing_in(clock, 5))
    far = await a_station(runtime, point=destination(TAIPEI, 90, 900), opening_hours="24/7")
    services = SwappingServices.of(runtime)
    found = await services.recommendations.recommend(TAIPEI, 3_000.0, 5)
    assert [station.id for station, _ in found] == [far.id]
    outlooks = await services.recommendations.look_ahead([closing.id, far.id])
    assert set(outlooks) == {closing.id, far.id}


async def test_no_hold_moves_to_a_station_that_is_closed_or_closes_too_soon(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1)
    closing = closing_in(clock, runtime.settings.hold_minutes - 1)
    await a_station(runtime, point=destination(TAIPEI, 90, 200), opening_hours=closing)
    await a_station(runtime, point=destination(TAIPEI, 90, 300), opening_hours=closing_in(clock, -5))
    far = await a_station(runtime, point=destination(TAIPEI, 90, 900), opening_hours="24/7")
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    stations = StationsServices.of(runtime).stations
    await stations.set_state(station.id, StationState.CLOSED, a_principal("staff", Role.STAFF))
    moved = await QueueEntries.find(entry.id)
    assert moved is not None
    assert (moved.state, moved.station_id) == (EntryState.CONFIRMED, far.id)
