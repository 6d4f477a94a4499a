"""Traffic changes what a rider is recommended, and says why."""

from datetime import timedelta

import pytest

from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import TAIPEI, a_station
from tests.factories.traffic import vehicles_drive
from tests.support.api import Api, running
from tests.support.geo import destination

RECOMMEND = """
query R($point: CoordinatesInput!) {
  recommend(point: $point) {
    station { id } etaMinutes trafficDelayMinutes costMinutes source reasons { kind minutes }
  }
}"""
HERE = {"longitude": TAIPEI.longitude, "latitude": TAIPEI.latitude}


async def test_a_jam_on_the_way_changes_eta_rank_and_reason(runtime: Runtime, clock: ManualClock) -> None:
    near = await a_station(runtime, point=destination(TAIPEI, 90.0, 2_000.0))
    far = await a_station(runtime, point=destination(TAIPEI, 270.0, 2_600.0))
    async with running(runtime) as address, Api(address) as api:
        before = await api.ask(RECOMMEND, point=HERE)
        await vehicles_drive(runtime, 3.0, vehicles=20, place=destination(TAIPEI, 90.0, 1_200.0))
        jammed = await api.ask(RECOMMEND, point=HERE)
        clock.advance(timedelta(minutes=30))
        later = await api.ask(RECOMMEND, point=HERE)
    ids = [node("Station", station.id) for station in (near, far)]
    assert [choice["station"]["id"] for choice in before] == ids
    assert [choice["station"]["id"] for choice in jammed] == ids[::-1]
    assert later == before
    assert {choice["trafficDelayMinutes"] for choice in before} == {0.0}
    free, slow = before[0], jammed[1]
    assert slow["etaMinutes"] == pytest.approx(free["etaMinutes"] + slow["trafficDelayMinutes"])
    reasons = {reason["kind"]: reason["minutes"] for reason in slow["reasons"]}
    assert reasons["TRAFFIC_DELAY"] == pytest.approx(slow["trafficDelayMinutes"])
    assert reasons["TRAFFIC_DELAY"] > 3.0
    assert slow["costMinutes"] == pytest.approx(sum(reasons.values()))
