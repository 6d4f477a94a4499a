import json
from dataclasses import replace
from pathlib import Path

import pytest

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.features.packs.service import Pack, Place, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.stations.events import StationChanged
from navswap.features.stations.service import OpeningTimes, Station, StationsServices
from navswap.features.stations.storage import Stations
from navswap.kit.opening_hours import DayHours
from navswap.runtime import Runtime
from navswap.seeding.formats import UnreadableNetworkError
from navswap.seeding.network import ImportOptions, import_network
from navswap.seeding.report import DEFAULT_SLOTS, Tally
from tests.factories.positions import a_principal
from tests.seeding.states import everything_stored, stock_is_what_the_slots_hold

TABLE = """id,name,lat,lon,slots
a,Alpha,18.50,73.80,10
b,Beta,18.51,73.81,
c,Gamma,181,73.82,10
"""
NOTHING: dict[str, list[object]] = {
    "stations": [],
    "packs": [],
    "pack_models": [],
    "vehicles": [],
    "users": [],
    "tariffs": [],
    "partner_shops": [],
    "depots": [],
    "staff_members": [],
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "network.csv"
    path.write_text(TABLE)
    return path


def rewrite(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.write_text(text, encoding=encoding)


async def station(station_id: str) -> Station:
    found = await Stations.find(station_id)
    assert found is not None
    return found


async def test_good_rows_load_and_bad_ones_are_reported(runtime: Runtime, table: Path) -> None:
    report = await import_network(runtime, table)
    assert report.stations == Tally(created=2)
    assert [(row.line, row.reason) for row in report.rejected] == [(4, "latitude 181 is outside [-90, 90]")]
    alpha, beta = await station("a"), await station("b")
    assert (alpha.information.name, alpha.information.slot_count) == ("Alpha", 10)
    assert beta.information.slot_count == DEFAULT_SLOTS
    assert alpha.information.external_id == "a"
    assert alpha.status.stock.empty_slots == 10
    assert await Packs.collection().count_documents({}) == 0


async def test_importing_twice_changes_nothing(runtime: Runtime, table: Path) -> None:
    await import_network(runtime, table, ImportOptions(packs_per_station=8))
    before = await everything_stored()
    report = await import_network(runtime, table, ImportOptions(packs_per_station=8))
    assert not report.changed
    assert (report.stations, report.packs) == (Tally(unchanged=2), Tally(unchanged=16))
    assert await everything_stored() == before


async def test_a_dry_run_writes_nothing(runtime: Runtime, table: Path) -> None:
    report = await import_network(runtime, table, ImportOptions(packs_per_station=8, dry_run=True))
    assert (report.stations, report.packs) == (Tally(created=2), Tally(created=16))
    assert await everything_stored() == NOTHING


async def test_an_unreadable_file_writes_nothing(runtime: Runtime, table: Path) -> None:
    rewrite(table, "a,1,2\nb,1,3\n")
    with pytest.raises(UnreadableNetworkError):
        await import_network(runtime, table)
    assert await everything_stored() == NOTHING


async def test_a_changed_row_renews_the_information_and_leaves_the_status(
    runtime: Runtime, table: Path
) -> None:
    await import_network(runtime, table, ImportOptions(packs_per_station=8))
    before = await station("a")
    rewrite(table, TABLE.replace("Alpha", "Alpha Plaza"))
    report = await import_network(runtime, table, ImportOptions(packs_per_station=8))
    assert report.stations == Tally(updated=1, unchanged=1)
    after = await station("a")
    assert after.information.name == "Alpha Plaza"
    assert after.status == before.status


async def test_what_the_file_does_not_tell_stays_as_the_operator_set_it(
    runtime: Runtime, table: Path
) -> None:
    await import_network(runtime, table)
    beta = await station("b")
    changed = replace(beta.information, slot_count=20, tariff_id="COM-TOD", feeder_limit_kw=15.0)
    await StationsServices.of(runtime).stations.save_information([replace(beta, information=changed)])
    report = await import_network(runtime, table)
    assert report.stations == Tally(unchanged=2)
    assert (await station("b")).information == changed


@pytest.mark.parametrize(
    ("slots", "wanted", "stocked"),
    [(12, 8, 8), (10, 8, 8), (10, 10, 8), (12, 200, 10), (1, 8, 0), (2, 8, 1), (10, 0, 0)],
)
async def test_stocking_leaves_slots_empty_for_packs_that_come_back(
    runtime: Runtime, table: Path, slots: int, wanted: int, stocked: int
) -> None:
    rewrite(table, f"id,lat,lon,slots\na,18.5,73.8,{slots}\n")
    report = await import_network(runtime, table, ImportOptions(packs_per_station=wanted))
    assert report.packs == Tally(created=stocked)
    assert (await station("a")).status.stock.empty_slots == slots - stocked
    await stock_is_what_the_slots_hold()


async def test_a_stocked_station_can_hand_out_charged_packs(runtime: Runtime, table: Path) -> None:
    await import_network(runtime, table, ImportOptions(packs_per_station=8))
    assert (await station("a")).status.stock.charged_packs == 6


async def test_stocking_a_station_in_service_counts_anew_and_tells_its_watchers(
    runtime: Runtime, table: Path
) -> None:
    await import_network(runtime, table)
    await import_network(runtime, table, ImportOptions(packs_per_station=8))
    await stock_is_what_the_slots_hold()
    events = await OutboxEvent.collection().find({"envelope.type": StationChanged.type}).to_list()
    assert sorted(event["envelope"]["payload"]["station_id"] for event in events) == ["a", "b"]
    assert (await station("a")).revision == 2


async def test_stocking_goes_around_slots_that_are_taken_meanwhile(runtime: Runtime, table: Path) -> None:
    await import_network(runtime, table, ImportOptions(packs_per_station=2))
    for slot in range(3, 9):
        await Packs.insert_all(
            [
                Pack(
                    id=f"returned-{slot}",
                    soc_percent=20,
                    soh_percent=90,
                    cycles=100,
                    place=Place(kind=PlaceKind.SLOT, holder_id="a", evse_id=slot),
                    reported_at=runtime.clock.now(),
                )
            ]
        )
    report = await import_network(runtime, table, ImportOptions(packs_per_station=8))
    assert report.packs == Tally(created=2 + 6, unchanged=4)
    await stock_is_what_the_slots_hold()


async def test_a_change_of_slots_counts_the_empty_ones_anew(runtime: Runtime, table: Path) -> None:
    await import_network(runtime, table, ImportOptions(packs_per_station=8))
    rewrite(table, TABLE.replace("73.80,10", "73.80,24"))
    await import_network(runtime, table)
    assert (await station("a")).status.stock.empty_slots == 16
    await stock_is_what_the_slots_hold()


@pytest.mark.needs_benchmark_data
async def test_the_gogoro_network_is_imported_and_imported_again(runtime: Runtime, gogoro_file: Path) -> None:
    report = await import_network(runtime, gogoro_file, ImportOptions(packs_per_station=8))
    assert (report.stations, report.skipped, report.rejected) == (Tally(created=1433), 257, [])
    assert report.packs == Tally(created=1433 * 8)
    await stock_is_what_the_slots_hold()
    again = await import_network(runtime, gogoro_file, ImportOptions(packs_per_station=8))
    assert not again.changed
    json.dumps(again.as_json())
    sample = await Stations.find_where({"information.names.zh-TW": "Gogoro 虎尾光復門市店站"})
    assert sample is not None
    assert sample.information.city == "Yunlin County"


async def test_new_stations_are_in_the_time_zone_of_the_network_unless_the_file_says_otherwise(
    runtime: Runtime, table: Path
) -> None:
    settings = runtime.settings.model_copy(update={"time_zone": "Asia/Kolkata", "country": "IN"})
    network = replace(runtime, settings=settings)
    rewrite(table, "id,lat,lon,time_zone,hours\na,18.5,73.8,,07:00-22:00\nb,18.6,73.8,Asia/Dubai,\n")
    await import_network(network, table)
    alpha, beta = (await station("a")).information, (await station("b")).information
    assert (alpha.time_zone, alpha.country, alpha.opening_hours) == (
        "Asia/Kolkata",
        "IN",
        "Mo-Su 07:00-22:00",
    )
    assert (beta.time_zone, beta.opening_hours) == ("Asia/Dubai", "")


async def test_what_the_file_does_not_say_of_hours_stays_as_the_operator_has_set_it(
    runtime: Runtime, table: Path
) -> None:
    await import_network(runtime, table)
    hours = OpeningTimes("24/7", "Asia/Kolkata", "IN", (DayHours("2026-12-25"),))
    set_by = a_principal("admin", Role.ADMIN)
    set_hours = await StationsServices.of(runtime).stations.set_hours("a", hours, set_by)
    assert (await import_network(runtime, table)).stations == Tally(unchanged=2)
    assert (await station("a")).information == set_hours.information


async def test_a_new_station_keeps_the_time_of_its_country_where_that_has_but_one(
    runtime: Runtime, table: Path
) -> None:
    rewrite(
        table,
        "id,lat,lon,country\na,25.04,121.55,Taiwan\nb,41.88,-87.62,USA\nc,50.73,7.10,Deutschland\nd,18.5,73.8,\n",
    )
    await import_network(runtime, table)
    places = {
        name: (found.information.country, found.information.time_zone)
        for name in "abcd"
        if (found := await station(name))
    }
    settings = runtime.settings
    assert places == {
        "a": ("TW", "Asia/Taipei"),
        "b": ("US", settings.time_zone),
        "c": ("DE", "Europe/Berlin"),
        "d": (settings.country, settings.time_zone),
    }
