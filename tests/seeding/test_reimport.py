"""A second import of a network that has changed meanwhile, or of another network with the same ids."""

from pathlib import Path

import pytest

from navswap.events.audit_log import AuditLogEntry
from navswap.features.geofences.events import watch_name
from navswap.features.geofences.storage import FenceWatches
from navswap.features.stations.service import Station, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.storage import QueueEntries
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from navswap.seeding.network import ImportOptions, import_network
from navswap.seeding.reimport import Differences, KeptSlots, OtherNetworkError, Renamed, same_places
from navswap.seeding.report import SeedReport, Tally
from navswap.seeding.screen import show
from tests.factories.network import a_rider
from tests.features.swapping.steps import confirm
from tests.seeding.states import stock_is_what_the_slots_hold
from tests.support.consistency import full_report

CASES = Path(__file__).parent / "cases"
HEADER = "id,name,latitude,longitude,capacity,status\n"


async def station(station_id: str) -> Station:
    found = await Stations.find(station_id)
    assert found is not None
    return found


async def load(runtime: Runtime, name: str, **options: object) -> SeedReport:
    return await import_network(runtime, CASES / name, ImportOptions(**options))  # type: ignore[arg-type]  # as the caller names them


def differences(report: SeedReport) -> Differences:
    assert report.differences is not None
    return report.differences


async def is_consistent(runtime: Runtime) -> None:
    report = await full_report(runtime)
    assert [(one.name, one.offenders) for one in report.findings if not one.holds] == []
    await stock_is_what_the_slots_hold()


async def test_f05_another_city_with_the_same_ids_is_refused_and_asks_for_a_source(runtime: Runtime) -> None:
    await load(runtime, "f05_city_a.json", packs_per_station=8)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, await station("1"))
    for dry_run in (True, False):
        with pytest.raises(OtherNetworkError, match=r"3 of the 3 stations .* --source CITY"):
            await load(runtime, "f05_city_b.json", packs_per_station=8, dry_run=dry_run)
    assert (await station("1")).information.name == "Coast 1"
    report = await load(runtime, "f05_city_b.json", packs_per_station=8, source="desert")
    assert report.stations == Tally(created=3)
    assert (await station("desert:1")).information.name == "Desert 1"
    held = await QueueEntries.find(entry.id)
    assert held is not None
    assert held.station_id == "1"
    assert differences(await load(runtime, "f05_city_b.json", source="desert")).missing == []
    await is_consistent(runtime)


async def test_f28_slots_in_use_stay_a_move_waits_and_a_missing_station_is_named(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    await load(runtime, "f28_first.csv", packs_per_station=15)
    riders = [(await a_rider())[0] for _ in range(2)]
    await confirm(runtime, riders[0].id, await station("b1"))
    entry = await confirm(runtime, riders[1].id, await station("b2"))
    report = await load(runtime, "f28_second_smaller.csv")
    found = differences(report)
    assert found.kept_slots == [KeptSlots("b1", 20, 6, 15)]
    assert [(move.id, move.holds) for move in found.moved] == [("b2", 1)]
    assert (found.missing, found.closed, report.complete) == (["b3"], [], False)
    assert (await station("b1")).information.slot_count == 20
    assert (await station("b2")).information.point == Point(77.62, 12.92)
    show(report, stocked=True)
    screen = capsys.readouterr().out
    assert all(
        said in screen
        for said in ("b1 keeps 20 slots", "--accept-moves moves them", "not in the file any more: 1", "b3")
    )
    await is_consistent(runtime)
    watched = await FenceWatches.find_by_ids([watch_name(HOLD_WATCH, entry.id)])
    assert [watch.fence.centre for watch in watched.values()] == [Point(77.62, 12.92)]


async def test_f28_holds_and_fences_follow_a_move_that_is_accepted_and_missing_stations_close(
    runtime: Runtime,
) -> None:
    await load(runtime, "f28_first.csv", packs_per_station=15)
    riders = [(await a_rider())[0] for _ in range(2)]
    entry = await confirm(runtime, riders[0].id, await station("b2"))
    lost = await confirm(runtime, riders[1].id, await station("b3"))
    report = await load(runtime, "f28_second_smaller.csv", accept_moves=True, close_missing=True)
    assert differences(report).closed == ["b3"]
    moved = await station("b2")
    assert (moved.information.point, moved.information.name) == (Point(77.62, 12.97), "Two moved")
    watched = await FenceWatches.find_by_ids([watch_name(HOLD_WATCH, entry.id)])
    assert [watch.fence.centre for watch in watched.values()] == [Point(77.62, 12.97)]
    held = await QueueEntries.find(lost.id)
    assert held is not None
    assert held.station_id != "b3" or not held.active
    assert (await station("b3")).status.state is StationState.CLOSED
    log = await AuditLogEntry.collection().find({"action": "setStationState"}).to_list()
    assert len(log) == 1
    await is_consistent(runtime)
    again = await load(runtime, "f28_second_smaller.csv", accept_moves=True, close_missing=True)
    assert not again.changed
    assert differences(again).missing == []


async def test_a_dry_run_names_what_would_happen_and_does_none_of_it(runtime: Runtime) -> None:
    await load(runtime, "f28_first.csv", packs_per_station=15)
    report = await load(
        runtime, "f28_second_smaller.csv", accept_moves=True, close_missing=True, dry_run=True
    )
    found = differences(report)
    assert ([move.id for move in found.moved], found.missing, found.closed) == (["b2"], ["b3"], [])
    assert (await station("b2")).information.point == Point(77.62, 12.92)
    assert (await station("b3")).status.state is StationState.OPEN


async def test_a_station_that_the_file_marks_as_closed_is_closed_here(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = tmp_path / "network.csv"
    path.write_text(f"{HEADER}a,One,1,2,9,open\nb,Two,1,3,9,open\n")
    await import_network(runtime, path)
    path.write_text(f"{HEADER}a,One,1,2,9,open\nb,Two,1,3,9,closed\n")
    report = await import_network(runtime, path)
    assert (differences(report).out_of_service, differences(report).closed) == (["b"], ["b"])
    assert differences(report).missing == []
    path.write_text(f"{HEADER}a,One,1,2,9,open\nb,Two,1,3,9,open\n")
    assert differences(await import_network(runtime, path)).closed_here == ["b"]
    assert (await station("b")).status.state is StationState.CLOSED
    assert (await station("a")).status.state is StationState.OPEN


async def test_a_row_that_cannot_be_read_does_not_make_its_station_missing(
    runtime: Runtime, tmp_path: Path
) -> None:
    path = tmp_path / "network.csv"
    path.write_text("id,lat,lon\na,1,2\nb,1,3\n")
    await import_network(runtime, path)
    path.write_text("id,lat,lon\na,1,2\nb,x,3\n")
    assert differences(await import_network(runtime, path)).missing == []


async def test_a_small_move_is_followed_without_a_word(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "network.csv"
    path.write_text("id,lat,lon\na,1,2\n")
    await import_network(runtime, path, ImportOptions(packs_per_station=8))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, await station("a"))
    path.write_text("id,lat,lon\na,1.002,2\n")
    assert differences(await import_network(runtime, path)).moved == []
    watched = await FenceWatches.find_by_ids([watch_name(HOLD_WATCH, entry.id)])
    assert [watch.fence.centre for watch in watched.values()] == [Point(2.0, 1.002)]


async def test_a_renamed_station_of_a_file_without_ids_keeps_its_id_its_packs_and_its_holds(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "network.csv"
    path.write_text("name,latitude,longitude,capacity\nLake,1,2,9\nHill,1,3,9\n")
    await import_network(runtime, path, ImportOptions(packs_per_station=4))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, await station("Lake"))
    path.write_text("name,latitude,longitude,capacity\nLake Road,1.0001,2,9\nHill,1,3,9\nPier,1.5,3,9\n")
    for times in (1, 2):
        report = await import_network(runtime, path, ImportOptions(packs_per_station=4, close_missing=True))
        found = differences(report)
        assert found.renamed == [Renamed("Lake", "Lake Road")]
        assert (found.missing, found.closed) == ([], [])
        assert report.stations.created == (1 if times == 1 else 0)
    assert (await station("Lake")).information.name == "Lake Road"
    held = await QueueEntries.find(entry.id)
    assert held is not None
    assert (held.station_id, held.active) == ("Lake", True)
    show(report, stocked=True)
    assert "Lake is now 'Lake Road'" in capsys.readouterr().out
    await is_consistent(runtime)


def test_stations_that_leave_open_which_is_which_are_not_paired() -> None:
    here = {"a": Point(2.0, 1.0), "b": Point(2.0001, 1.0), "c": Point(3.0, 1.0)}
    assert same_places({"x": Point(2.00005, 1.0), "y": Point(3.0001, 1.0)}, here) == {"y": "c"}
    assert same_places({"x": Point(3.0, 1.0), "y": Point(3.0001, 1.0)}, here) == {}
    assert same_places({"x": Point(3.001, 1.0)}, here) == {}
