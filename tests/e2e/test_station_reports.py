"""Reports of stations through the public API: what becomes of each reading."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.packs.storage import Packs
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running

pytestmark = pytest.mark.streams

REPORT = """
mutation ($input: ReportTelemetryInput!) {
  reportTelemetry(input: $input) {
    __typename
    ... on ReportTelemetryPayload {
      acceptedReadings rejectedReadings { index reason field example } refused { index field reason example }
    }
    ... on Refusal { code message }
  }
}"""

PACKS = """
mutation ($input: ReportPacksInput!) {
  reportPacks(input: $input) {
    __typename
    ... on ReportPacksPayload { accepted refused { index field reason example } station { status { chargedPacks } } }
    ... on Refusal { code message }
  }
}"""


async def test_each_pack_that_cannot_be_measured_comes_back_and_costs_no_other(runtime: Runtime) -> None:
    station, other = await a_station(runtime, charged=2), await a_station(runtime, charged=1)
    first, second = await Packs.list_at_station(station.id)
    [foreign] = await Packs.list_at_station(other.id)
    readings = [
        {"serialNumber": first.id, "socPercent": 20},
        {"serialNumber": foreign.id, "socPercent": 20},
        {"serialNumber": second.id, "socPercent": 101},
        {"serialNumber": second.id, "socPercent": 90, "sohPercent": -1},
        {"serialNumber": second.id, "socPercent": 91},
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.STAFF))) as api:
        answer = await api.ask(PACKS, input={"stationId": node("Station", station.id), "readings": readings})
    assert (answer["accepted"], answer["station"]["status"]["chargedPacks"]) == (2, 1)
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (1, "serialNumber"),
        (2, "socPercent"),
        (3, "sohPercent"),
    ]
    assert all(one["reason"] and one["example"] for one in answer["refused"])
    charges = {pack.id: pack.soc_percent for pack in await Packs.list_at_station(station.id)}
    assert charges == {first.id: 20, second.id: 91}
    assert [pack.soc_percent for pack in await Packs.list_at_station(other.id)] == [95.0]


async def test_each_reading_that_is_not_used_comes_back_and_costs_no_other(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    now = clock.now()

    def reading(**values: Any) -> dict[str, Any]:
        slot = {"component": "SLOT", "evseId": 1, "temperatureCelsius": 20.0}
        return {**slot, "measuredAt": now.isoformat(), **values}

    readings = [
        reading(),
        reading(measuredAt="2026-03-02 08:00:00"),
        reading(measuredAt=1772438400),
        reading(evseId=99),
        reading(evseId=None),
        reading(component="PACK", serialNumber="elsewhere"),
        reading(temperatureCelsius=6_553.5),
        reading(currentAmperes=-2_000),
        reading(measuredAt=(now - timedelta(hours=1)).isoformat()),
        reading(measuredAt=now.strftime("%Y%m%dT%H%M%SZ")),
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.STAFF))) as api:
        answer = await api.ask(REPORT, input={"stationId": node("Station", station.id), "readings": readings})
    assert answer["acceptedReadings"] == 2
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (1, "measuredAt"),
        (2, "measuredAt"),
    ]
    assert [(one["index"], one["reason"], one["field"]) for one in answer["rejectedReadings"]] == [
        (3, "NO_SUCH_SLOT", "evseId"),
        (4, "NO_SUCH_SLOT", "evseId"),
        (5, "NO_SUCH_PACK", "serialNumber"),
        (6, "IMPOSSIBLE_VALUE", "temperatureCelsius"),
        (7, "IMPOSSIBLE_VALUE", "currentAmperes"),
        (8, "TOO_OLD", "measuredAt"),
    ]
    assert all(one["example"] for one in answer["refused"] + answer["rejectedReadings"])


async def test_a_null_in_a_reading_of_a_pack_costs_no_other_reading(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    [pack] = await Packs.list_at_station(station.id)
    readings = [
        {"serialNumber": pack.id, "socPercent": None},
        {"serialNumber": None, "socPercent": 20},
        None,
        {"serialNumber": pack.id, "socPercent": 20},
        {"serialNumber": pack.id},
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.STAFF))) as api:
        answer = await api.ask(PACKS, input={"stationId": node("Station", station.id), "readings": readings})
    assert (answer["accepted"], answer["station"]["status"]["chargedPacks"]) == (1, 0)
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (0, "socPercent"),
        (1, "serialNumber"),
        (2, "readings"),
        (4, "socPercent"),
    ]
    assert all("null" in one["reason"] and one["example"] for one in answer["refused"])


async def test_a_null_in_a_reading_of_a_component_costs_no_other_reading(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    good = {"component": "SLOT", "evseId": 1, "measuredAt": clock.now().isoformat()}
    readings = [
        {**good, "component": None},
        good,
        {**good, "measuredAt": None},
        None,
        {**good, "temperatureCelsius": None},
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.STAFF))) as api:
        answer = await api.ask(REPORT, input={"stationId": node("Station", station.id), "readings": readings})
    assert (answer["acceptedReadings"], answer["rejectedReadings"]) == (2, [])
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (0, "component"),
        (2, "measuredAt"),
        (3, "readings"),
    ]
    assert all("null" in one["reason"] and one["example"] for one in answer["refused"])
