"""A run recorded as an archive: what happened, when it was known, and the same again for the same seed."""

import dataclasses
import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from navswap.events.archive.reader import read_events, read_station_status
from navswap.simulation.engine.simulation import START
from navswap.simulation.offline import OfflineOptions, run_offline

SEEDS = Path(__file__).parents[2] / "seeds"


def recorded(root: Path, *, seed: int = 1) -> dict[str, int]:
    options = OfflineOptions(SEEDS, policy="nearest", stations=3, seed=seed, record=str(root))
    return run_offline(options).facts


of_a_day = pytest.mark.xdist_group("recorded_day")  # one worker records it
Day = tuple[Path, dict[str, int]]
"""A recorded day, and its facts by type."""


@pytest.fixture(scope="module")
def a_day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    root = tmp_path_factory.mktemp("day")
    return root, recorded(root)


@of_a_day
def test_every_fact_of_a_run_is_in_its_archive_once(a_day: Day) -> None:
    root, facts = a_day

    swaps = read_events(root, "swapping").filter(pl.col("type") == "swapping.swap.completed").collect()
    assert swaps.height == facts["swapping.swap.completed"] > 50
    assert swaps["event_id"].n_unique() == swaps.height
    assert (swaps["known_at"] >= swaps["occurred_at"]).all()
    first, last = swaps["occurred_at"].min(), swaps["occurred_at"].max()
    assert isinstance(first, type(START))
    assert isinstance(last, type(START))
    assert START - timedelta(days=1) < first < last < START + timedelta(days=2)


@of_a_day
def test_the_status_of_stations_over_time_is_in_it(a_day: Day) -> None:
    root, facts = a_day

    status = read_station_status(root).collect()
    assert status.height == facts["stations.station.changed"] >= 3 * 24
    assert status["station_id"].n_unique() == 3


@of_a_day
def test_recording_the_same_run_twice_adds_nothing(a_day: Day, tmp_path: Path) -> None:
    root, facts = a_day
    again = shutil.copytree(root, tmp_path / "again")
    recorded(again)

    assert read_events(again, "swapping").collect().height == sum(
        count for name, count in facts.items() if name.startswith("swapping.")
    )


@pytest.mark.parametrize("policy", ["nearest", "rules"])
def test_a_run_that_is_recorded_is_the_run_that_it_would_be_otherwise(tmp_path: Path, policy: str) -> None:
    options = OfflineOptions(SEEDS, policy=policy, stations=8, seed=2)
    recorded_run = run_offline(dataclasses.replace(options, record=str(tmp_path)))
    assert recorded_run.kpis == run_offline(options).kpis


def payloads(root: Path, kind: str) -> list[dict[str, Any]]:
    """Return the payloads of a type of event, oldest first."""
    topic = kind.partition(".")[0]
    found = read_events(root, topic).filter(pl.col("type") == kind).sort("occurred_at").collect()
    return [json.loads(payload) for payload in found["payload"]]


def test_the_load_of_every_quarter_of_an_hour_is_in_it(tmp_path: Path) -> None:
    options = OfflineOptions(SEEDS, policy="rules", stations=3, record=str(tmp_path))
    kwh = run_offline(options).kpis.energy_kwh

    loads = payloads(tmp_path, "energy.load.measured")
    assert len(loads) == 3 * (
        24 * 4 - 1
    )  # that of the last quarter is read at midnight, when the run is over
    assert all(0.0 <= load["load_kw"] <= load["limit_kw"] * 1.5 for load in loads)
    auxiliary_kwh = sum(load["load_kw"] for load in loads) / 4 - kwh
    assert 3 * 24 * 0.2 < auxiliary_kwh < 3 * 24 * 1.0


@pytest.mark.parametrize("policy", ["nearest", "rules"])
def test_an_outage_of_a_feeder_begins_and_ends_once_in_it(tmp_path: Path, policy: str) -> None:
    scenario = tmp_path / "dark.toml"
    scenario.write_text("[[outage]]\nfrom_hour = 9\nuntil_hour = 14\nuntil_day = 1\npower_share = 0.0\n")
    options = OfflineOptions(
        SEEDS, policy=policy, stations=2, scenarios=[scenario], record=str(tmp_path / "history")
    )
    run_offline(options)

    by_station: dict[str, list[str]] = {}
    for changed in payloads(tmp_path / "history", "energy.feeder.changed"):
        by_station.setdefault(changed["station_id"], []).append(changed["state"])
    assert list(by_station.values()) == [["OUTAGE", "NORMAL"]] * 2
    dark = [load for load in payloads(tmp_path / "history", "energy.load.measured") if load["limit_kw"] == 0]
    assert len(dark) == 2 * 5 * 4
    assert max(load["load_kw"] for load in dark[4:]) == 0.0


def test_speeds_of_cells_and_zones_are_in_it_a_minute_after_they_were_measured(tmp_path: Path) -> None:
    scenario = tmp_path / "fair.toml"
    scenario.write_text("[[festival]]\nname = 'fair'\nfrom_hour = 12\nuntil_hour = 15\nslow_down = 4.0\n")
    options = OfflineOptions(
        SEEDS, policy="nearest", stations=6, scenarios=[scenario], record=str(tmp_path / "a")
    )
    run_offline(options)

    rows = read_events(tmp_path / "a", "traffic").collect()
    assert (rows["known_at"] - rows["occurred_at"] == timedelta(minutes=1)).all()
    zones = payloads(tmp_path / "a", "traffic.zones.measured")
    cells = payloads(tmp_path / "a", "traffic.cells.measured")
    assert len(zones) == len(cells) > 12 * 20
    assert all(
        cell["probes"] > 0 and 0 <= cell["congestion"] <= 1 for each in cells for cell in each["cells"]
    )
    congestion = {
        each["starts_at"][11:16]: sum(zone["congestion"] for zone in each["zones"]) / len(each["zones"])
        for each in zones
    }
    fair = [congestion[at] for at in ("06:45", "08:00", "09:15")]  # 12 to 15 hours in India
    assert min(fair) > 0.5 > 2 * congestion["21:30"]


def test_the_health_of_the_packs_in_slots_is_in_it_once_a_day(tmp_path: Path) -> None:
    options = OfflineOptions(SEEDS, policy="nearest", stations=4, days=2, record=str(tmp_path))
    run_offline(options)

    health = payloads(tmp_path, "packs.health.measured")
    days = Counter((each["serial_number"], each["revision"]) for each in health)
    assert max(days.values()) <= 2
    assert len({each["serial_number"] for each in health}) > 30
    ages, cycles = ([each[name] for each in health] for name in ("age_days", "equivalent_cycles"))
    assert min(ages) < 300
    assert max(ages) > 1_000
    assert all(0.3 < cycle / age < 1.5 for cycle, age in zip(cycles, ages, strict=True) if age > 30)
    assert all(75.0 < each["soh_percent"] <= 100.0 for each in health)
    assert all(10.0 < each["temperature_celsius"] < 60.0 for each in health)


of_a_week = pytest.mark.xdist_group("recorded_week")  # one worker records it


@pytest.fixture(scope="module")
def a_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("week")
    run_offline(OfflineOptions(SEEDS, policy="do-nothing", stations=9, days=7, record=str(root)))
    return root


@of_a_week
def test_shops_are_asked_and_answer_as_their_room_and_hour_are(a_week: Path) -> None:
    asked = payloads(a_week, "partners.storage_request.requested")
    assert all(each["request"]["packs"] <= each["free_places"] <= each["capacity_packs"] for each in asked)
    accepted = payloads(a_week, "partners.storage_request.accepted")
    declined = payloads(a_week, "partners.storage_request.declined")
    assert len(asked) > 25
    assert 0.2 < len(accepted) / len(asked) < 0.8
    assert len(declined) > 3
    shops = payloads(a_week, "partners.shop.changed")
    assert all(
        shop["free_places"]
        == shop["capacity_packs"] - shop["stock_packs"] - shop["reserved_packs"] - shop["offered_packs"]
        for shop in shops
    )
    assert len({shop["capacity_packs"] for shop in shops}) > 3


@of_a_week
def test_every_pack_of_the_depot_comes_back_or_is_where_it_was_last_moved_to(a_week: Path) -> None:
    moves = [each for each in payloads(a_week, "packs.pack.moved") if each["serial_number"].startswith("R-")]
    place: dict[str, Any] = {}
    for move in moves:
        known = place.get(move["serial_number"])
        assert known is None or known == move["origin"]
        place[move["serial_number"]] = move["target"]
    issued = [move for move in moves if move["origin"]["kind"] == "DEPOT"]
    assert len(issued) > 10
    assert {move["target"]["kind"] for move in moves} == {"TRANSPORTER", "SHOP", "DEPOT"}
    retired = {each["serial_number"] for each in payloads(a_week, "packs.pack.retired")}
    assert all(place[serial]["kind"] == "DEPOT" for serial in retired)


@of_a_week
def test_no_pack_is_stored_that_the_shop_did_not_accept(a_week: Path) -> None:
    wanted = {
        each["request"]["id"]: each["request"]["packs"]
        for each in payloads(a_week, "partners.storage_request.accepted")
    }
    came = payloads(a_week, "partners.storage_request.fulfilled")
    assert came
    assert all(len(each["request"]["received"]) == wanted[each["request"]["id"]] for each in came)


@of_a_week
def test_what_a_fault_takes_out_of_use_is_published_at_once(a_week: Path) -> None:
    status = read_events(a_week, "stations").sort("occurred_at").collect()
    faults = set(read_events(a_week, "faults").collect()["occurred_at"])
    closed: dict[str, str] = {}
    changes = 0
    for row in status.iter_rows(named=True):
        payload = json.loads(row["payload"])
        now_closed = json.dumps([payload["closed_slots"], payload["status"]["state"]])
        if closed.setdefault(row["key"], now_closed) != now_closed:
            assert row["occurred_at"] in faults
            changes += 1
        closed[row["key"]] = now_closed
    assert changes > 1


@of_a_day
def test_a_hold_says_how_far_its_rider_was(a_day: Day) -> None:
    held = payloads(a_day[0], "swapping.queue_entry.confirmed")
    far = [each["distance_metres"] for each in held if not each["entry"]["walk_in"]]
    assert len(far) > 50
    assert all(0.0 <= metres < 20_000.0 for metres in far)
    assert {each["distance_metres"] for each in held if each["entry"]["walk_in"]} <= {None}
