"""Meter readings on real stores, and the energy of a station through the public API."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.events.payloads import read_fact
from navswap.features.energy.domain.metering import quarter_of
from navswap.features.energy.events import LoadMeasured
from navswap.features.energy.service import EnergyServices, HistoryUnit, MeterService, Reading
from navswap.features.energy.storage import EnergyStations, MeterReadings
from navswap.features.stations.service import Station
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user, token_of
from tests.support.api import Api, live, running

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def meters(runtime: Runtime) -> MeterService:
    return EnergyServices.of(runtime).meters


def quarters(count: int, kwh: float = 0.5, *, start: datetime = START) -> list[Reading]:
    return [Reading(start + at * QUARTER, start + (at + 1) * QUARTER, kwh) for at in range(count)]


async def total(station: Station) -> float:
    return sum(part.kwh for part in await MeterReadings.list_where({"station_id": station.id}))


async def test_readings_are_summed_by_hour_at_the_price_of_the_hour(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    await meters(runtime).report(station.id, quarters(32))
    history = await meters(runtime).history(
        station.id, START + timedelta(hours=5), START + timedelta(hours=8), HistoryUnit.HOUR
    )
    assert [(part.starts_at.hour, part.kwh, part.cost, part.peak_kw) for part in history] == [
        (5, 2.0, 8.0, 2.0),
        (6, 2.0, 16.0, 2.0),
        (7, 2.0, 16.0, 2.0),
    ]


async def test_days_are_those_of_the_time_zone_of_the_tariff(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, time_zone="Asia/Kolkata")
    yesterday = START - timedelta(days=1)
    for day in (yesterday, START):
        await meters(runtime).report(station.id, quarters(24, start=day + timedelta(hours=1)))
        if day is yesterday:
            await meters(runtime).report(
                station.id, [Reading(day + timedelta(hours=18), day + timedelta(hours=19), 3.0)]
            )
    days = await meters(runtime).history(station.id, yesterday, START + timedelta(hours=8), HistoryUnit.DAY)
    assert [part.starts_at for part in days] == [
        datetime(2026, 2, 28, 18, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 18, 30, tzinfo=UTC),
    ]
    assert [part.kwh for part in days] == pytest.approx([13.5, 13.5])


async def test_the_same_reading_counts_once_however_often_and_fast_it_comes(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    await asyncio.gather(*(meters(runtime).report(station.id, quarters(4)) for _ in range(10)))
    assert await total(station) == 2.0
    energy = await EnergyStations.find(station.id)
    assert energy is not None
    assert (energy.load_kw, energy.load_measured_at) == (2.0, START + timedelta(hours=1))


async def test_of_overlapping_readings_at_once_one_is_taken(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    readings = [
        Reading(START + minute * timedelta(minutes=1), START + timedelta(minutes=40), 1.0)
        for minute in range(10)
    ]
    reports = await asyncio.gather(*(meters(runtime).report(station.id, [reading]) for reading in readings))
    assert sorted((report.accepted, list(report.refused)) for report in reports) == [(0, [0])] * 9 + [(1, [])]
    assert await total(station) == 1.0


async def test_a_late_reading_is_taken_and_the_load_stays_the_newest(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    first, second, third = quarters(3)
    await meters(runtime).report(station.id, [first])
    await meters(runtime).report(station.id, [third])
    late = await meters(runtime).report(station.id, [Reading(second.starts_at, second.ends_at, 9.0)])
    energy = late.station
    assert (energy.load_kw, energy.load_measured_at) == (2.0, third.ends_at)
    assert await total(station) == 10.0


async def test_the_load_of_a_quarter_is_published_once_and_known_when_it_was_reported(
    runtime: Runtime,
) -> None:
    station = await a_charging_station(runtime)
    start = quarter_of(runtime.clock.now()) - 4 * QUARTER
    fives = [Reading(start + at * QUARTER / 3, start + (at + 1) * QUARTER / 3, 0.5) for at in range(7)]
    for reading in fives:
        await asyncio.gather(*(meters(runtime).report(station.id, [reading]) for _ in range(2)))

    events = await OutboxEvent.find({"envelope.type": LoadMeasured.type}).sort("position").to_list()
    loads = [read_fact(LoadMeasured, event.envelope["payload"]) for event in events]
    assert [(load.station_id, load.starts_at, round(load.load_kw, 6)) for load in loads] == [
        (station.id, start, 6.0),
        (station.id, start + QUARTER, 6.0),
    ]
    assert [event.occurred_at for event in events] == [load.ends_at for load in loads]


@pytest.mark.parametrize(
    ("minutes", "kwh"), [(0, 1.0), (-15, 1.0), (61, 1.0), (15, -0.1), (15, float("nan")), (15, 251.0)]
)
async def test_an_impossible_reading_costs_no_other(runtime: Runtime, minutes: int, kwh: float) -> None:
    station = await a_charging_station(runtime)
    first, second = quarters(2)
    bad = Reading(START, START + timedelta(minutes=minutes), kwh)
    report = await meters(runtime).report(station.id, [first, bad, second])
    assert (report.accepted, list(report.refused)) == (2, [1])
    assert await total(station) == 1.0


async def test_a_report_has_bounds_and_nothing_from_the_future(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    with pytest.raises(InvalidInputError):
        await meters(runtime).report(station.id, quarters(101))
    ahead = await meters(runtime).report(station.id, quarters(1, start=runtime.clock.now()))
    assert (ahead.accepted, ahead.refused[0].field) == (0, "endsAt")


REPORT = """
mutation ($input: ReportMeterInput!) {
  reportMeter(input: $input) {
    __typename
    ... on ReportMeterPayload { accepted refused { index field reason example } energy { loadKw } }
    ... on InvalidInput { code field }
  }
}"""


async def test_each_reading_that_does_not_count_comes_back_with_its_reason(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    admin = await a_user(Role.ADMIN)

    def reading(start: int, kwh: float = 0.5, **values: str) -> dict[str, object]:
        begin = START + start * QUARTER
        return {"startsAt": begin.isoformat(), "endsAt": (begin + QUARTER).isoformat(), "kwh": kwh, **values}

    readings = [
        reading(0),
        reading(1, startsAt="2026-03-02T00:15:00"),
        reading(1, kwh=-1),
        reading(1, endsAt="2026-03-02T03:00Z"),
        reading(0, kwh=0.6),
        reading(1, kwh=0.75),
        reading(0),
    ]
    async with running(runtime) as address, Api(address, token_of(runtime, admin)) as api:
        given = {"stationId": node("Station", station.id)}
        answer = await api.ask(REPORT, input={**given, "readings": readings})
        alone = await api.ask(REPORT, input={**given, "readings": readings[1:2]})
        none = await api.ask(REPORT, input={**given, "readings": []})
    assert (answer["accepted"], answer["energy"]["loadKw"]) == (3, 3.0)
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (1, "startsAt"),
        (2, "kwh"),
        (3, "endsAt"),
        (4, "startsAt"),
    ]
    assert all(one["reason"] and one["example"] for one in answer["refused"])
    assert (alone["accepted"], [one["index"] for one in alone["refused"]]) == (0, [0])
    assert (none["code"], none["field"]) == ("INVALID_INPUT", "input.readings")
    assert await total(station) == 1.25


async def test_a_null_in_a_reading_of_a_meter_costs_no_other_reading(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    good = {"startsAt": START.isoformat(), "endsAt": (START + QUARTER).isoformat(), "kwh": 0.5}
    readings = [{**good, "kwh": None}, None, {**good, "startsAt": None}, good, {**good, "endsAt": None}]
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.ADMIN))) as api:
        answer = await api.ask(REPORT, input={"stationId": node("Station", station.id), "readings": readings})
    assert answer["accepted"] == 1
    assert [(one["index"], one["field"]) for one in answer["refused"]] == [
        (0, "kwh"),
        (1, "readings"),
        (2, "startsAt"),
        (4, "endsAt"),
    ]
    assert all("null" in one["reason"] and one["example"] for one in answer["refused"])
    assert await total(station) == 0.5


async def test_a_history_has_a_period_that_is_not_too_long(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    for days in (0, 32):
        with pytest.raises(InvalidInputError):
            await meters(runtime).history(station.id, START, START + timedelta(days=days), HistoryUnit.HOUR)


async def test_the_history_is_read_through_its_index(runtime: Runtime) -> None:
    stages = MeterReadings.history_stages("S", START, START + timedelta(days=1), HistoryUnit.HOUR, "UTC")
    command = {"aggregate": "meter_readings", "pipeline": stages, "cursor": {}}
    explained = str(await runtime.mongo.database.command("explain", command))
    assert "'indexName': 'station'" in explained
    assert "COLLSCAN" not in explained


ENERGY = """
query Energy($id: ID!, $start: DateTime!, $end: DateTime!) {
  node(id: $id) { ... on Station { name tariff { key currency timeZone periods { days startHour endHour pricePerKwh } } energy {
    limitKw chargingKw loadKw chargers { evseId powerKw } shed { limitKw reason } station { name }
    plan { id cause cost currency energyKwh station { name } forecast { source asOf swapsByHour auxiliaryKw }
           lateHeldPacks { evseId } steps { startsAt limitKw } packs { pack { serialNumber } evseId powerKw neededAt } }
    history(startsAt: $start, endsAt: $end, unit: DAY) { startsAt kwh cost peakKw }
  } } }
}"""
ENERGY_ONLY = "query($id: ID!) { node(id: $id) { ... on Station { energy { limitKw } } } }"
CHANGED = """
subscription Changed($id: ID!, $after: String) {
  energyChanged(stationId: $id, after: $after) {
    __typename
    ... on EnergySnapshot { cursor sequence energy { chargingKw plan { id } } }
    ... on EnergyUpdate { cursor sequence energy { chargingKw loadKw shed { limitKw } } }
  }
}"""


def token(runtime: Runtime, user_id: str, role: Role) -> str:
    return runtime.access_tokens.issue(user_id, role, new_id())[0]


async def test_the_energy_of_a_station_is_read_with_plan_tariff_and_history(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    asked = {
        "id": node("Station", station.id),
        "start": START.isoformat(),
        "end": (START + timedelta(days=1)).isoformat(),
    }
    analyst, rider = await a_user(Role.ANALYST), await a_user()
    async with running(runtime) as address:
        async with Api(address, token(runtime, analyst.id, Role.ANALYST)) as api:
            assert (await api.ask(ENERGY, **asked))["energy"] is None
            await EnergyServices.of(runtime).stations.register_all()
            await EnergyServices.of(runtime).charging.plan_due()
            await meters(runtime).report(station.id, quarters(4))
            read = await api.ask(ENERGY, **asked)
            energy = read["energy"]
            seen = await api.ask("query($id: ID!) { node(id: $id) { id } }", id=energy["plan"]["id"])
            assert seen == {"id": energy["plan"]["id"]}
        async with Api(address, token(runtime, rider.id, Role.CONSUMER)) as api:
            assert await api.refused(ENERGY_ONLY, id=asked["id"]) == "NOT_ALLOWED"
            assert await api.ask("query($id: ID!) { node(id: $id) { id } }", id=energy["plan"]["id"]) is None
    assert (energy["limitKw"], energy["loadKw"], read["tariff"]["currency"]) == (3.0, 2.0, "INR")
    assert energy["chargingKw"] == pytest.approx(sum(charger["powerKw"] for charger in energy["chargers"]))
    assert (energy["plan"]["forecast"]["source"], len(energy["plan"]["packs"])) == ("BASELINE", 4)
    assert [(day["kwh"], day["cost"]) for day in energy["history"]] == [(2.0, 8.0)]


@pytest.mark.streams
async def test_energy_is_followed_live_from_shed_to_chargers(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0)
    await EnergyServices.of(runtime).stations.register_all()
    await EnergyServices.of(runtime).charging.plan_due()
    admin = await a_user(Role.ADMIN)
    async with (
        running(runtime, worker=True) as address,
        live(address, token(runtime, admin.id, Role.ADMIN)) as screen,
    ):
        watched = await screen.subscribe(CHANGED, id=node("Station", station.id))
        snapshot = await watched.next()
        assert snapshot["energy"]["plan"]["id"]
        until = clock.now() + timedelta(hours=1)
        await EnergyServices.of(runtime).charging.shed(
            station.id, 1.0, until, "Sag", a_principal(admin.id, Role.ADMIN)
        )
        update = await watched.until(energy__shed={"limitKw": 1.0})
        assert update["sequence"] == snapshot["sequence"] + 1
        assert update["energy"]["chargingKw"] <= 1.0 < snapshot["energy"]["chargingKw"]
        await meters(runtime).report(station.id, quarters(1))
        assert (await watched.next())["energy"]["loadKw"] == 2.0
