"""An archive that is loaded gives statistics and forecasts a past, once, and leaves what is there alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from navswap.events.archive import ArchiveRecord, ArchiveWriter
from navswap.events.archive.records import recorded_milliseconds
from navswap.features.energy.service import EnergyServices, SameHourLastWeek
from navswap.features.energy.storage import HourlySwaps
from navswap.features.logistics.storage.plans import StationDemand
from navswap.features.stations.service import Station, StationsServices
from navswap.features.swapping.domain.statistics import Bucket, Span
from navswap.features.swapping.domain.values import (
    EntryState,
    HeldPack,
    QueueEntry,
    StationQueue,
    SwappedPack,
)
from navswap.features.swapping.events import EntryCompensated, EntryFulfilled, EntryNoShow, SwapCompleted
from navswap.features.swapping.service import SwapFilter, SwappingServices
from navswap.features.swapping.storage import QueueEntries, Swaps
from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.kit.facts import Fact
from navswap.kit.ids import SequentialIds
from navswap.runtime import Runtime
from navswap.seeding.history import HistoryReport, load_history, time_ordered
from tests.factories.network import a_station
from tests.factories.swapping import a_swap, store_swap
from tests.support.consistency import full_report

IDS = SequentialIds("twin")


def a_visit(station_id: str, completed_at: datetime, *, walk_in: bool = False) -> list[Fact]:
    """Return what a visit of the twin publishes in the end: packs that this network has never seen changed hands."""
    swap = a_swap(
        station_id,
        completed_at,
        minutes=5,
        walk_in=walk_in,
        packs_in=(SwappedPack("twin-in", 2, 20.0),),
        packs_out=(SwappedPack("twin-out", 1, 95.0),),
    )
    swap = replace(swap, id=IDS.new(), entry_id=IDS.new(), bonus_credits=300)
    entry = ended_entry(station_id, swap.confirmed_at, EntryState.FULFILLED)
    entry = replace(entry, id=swap.entry_id, rider_id=swap.rider_id, walk_in=walk_in)
    return [EntryFulfilled(entry, StationQueue(station_id, 0, 1)), SwapCompleted(swap)]


def ended_entry(station_id: str, confirmed_at: datetime, state: EntryState) -> QueueEntry:
    return QueueEntry(
        id=IDS.new(),
        station_id=station_id,
        rider_id="rider",
        packs=(HeldPack("twin-out", 1),),
        promised_soc_percent=80.0,
        walk_in=False,
        confirmed_at=confirmed_at,
        hold_until=confirmed_at + timedelta(minutes=20),
        code_expires_at=confirmed_at + timedelta(minutes=20),
        state=state,
        verified_at=confirmed_at if state is EntryState.FULFILLED else None,
        ended_at=confirmed_at + timedelta(minutes=20),
        compensation_credits=500 if state is EntryState.COMPENSATED else None,
        revision=3,
    )


def archive(folder: Path, *facts: tuple[datetime, list[Fact]]) -> str:
    writer = ArchiveWriter(folder)
    for moment, happened in facts:
        writer.append(ArchiveRecord.of(fact, event_id=IDS.new(), occurred_at=moment) for fact in happened)
    writer.flush()
    return str(folder)


@pytest.fixture
async def station(runtime: Runtime) -> Station:
    return await a_station(runtime)


async def test_statistics_and_forecasts_look_back_on_what_was_loaded(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    last_week = clock.now() - timedelta(days=7) + timedelta(minutes=10)
    moments = [last_week, last_week + timedelta(minutes=20), last_week + timedelta(hours=1, minutes=5)]
    visits = [
        (moment, a_visit(station.id, moment, walk_in=number == 1)) for number, moment in enumerate(moments)
    ]
    missed = ended_entry(station.id, last_week, EntryState.NO_SHOW)
    root = archive(tmp_path, *visits, (last_week, [EntryNoShow(missed, StationQueue(station.id, 0, 2))]))
    report = await load_history(runtime, root)
    assert report == HistoryReport(days=1, swaps=3, entries=4, hours=2, spans=3, work=3)

    swapping = SwappingServices.of(runtime)
    span = Span(last_week - timedelta(hours=1), clock.now(), Bucket.WEEK)
    [counted] = await swapping.statistics.count_swaps(span, by_station=False)
    assert (counted.swaps, counted.walk_ins, counted.packs_out, counted.soc_in_percent_sum) == (3, 1, 3, 60.0)
    [holds] = await swapping.statistics.count_holds(span, [station.id])
    assert holds.by_state == {EntryState.FULFILLED: 3, EntryState.NO_SHOW: 1}
    energy = SameHourLastWeek(StationsServices.of(runtime).reader, None, 0.2)
    forecast = (await energy.forecast([station.id], clock.now(), 3))[station.id]
    assert forecast.swaps_by_hour == (2.0, 1.0, 0.0)
    demand = await StationDemand.sum_between([station.id], last_week - timedelta(hours=1), clock.now())
    assert list(demand.values()) == [3]
    assert await Swaps.count_walk_ins([station.id], last_week, clock.now()) == {station.id: 1}


async def test_what_was_loaded_keeps_every_invariant(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    recently = clock.now() - timedelta(hours=2)
    broken = ended_entry(station.id, recently, EntryState.COMPENSATED)
    facts = [*a_visit(station.id, recently), EntryCompensated(broken, StationQueue(station.id, 0, 1))]
    before = [finding.name for finding in (await full_report(runtime)).findings if not finding.holds]
    assert (await load_history(runtime, archive(tmp_path, (recently, facts)))).swaps == 1
    report = await full_report(runtime)
    assert [finding.name for finding in report.findings if not finding.holds] == before


async def test_loading_again_changes_nothing(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    yesterday = clock.now() - timedelta(days=1)
    root = archive(tmp_path, (yesterday, a_visit(station.id, yesterday)))
    await load_history(runtime, root)
    assert await load_history(runtime, root) == HistoryReport(days=1)
    assert [await kind.collection().count_documents({}) for kind in (Swaps, QueueEntries, HourlySwaps)] == [
        1,
        1,
        1,
    ]


async def test_what_was_counted_live_stays(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    moment = clock.now() - timedelta(hours=3)
    live = await store_swap(a_swap(station.id, moment))
    charging = EnergyServices.of(runtime).charging
    await runtime.mongo.in_transaction(lambda session: charging.count_swap(station.id, moment, session))
    facts = a_visit(station.id, moment)
    again = replace(facts[1].swap, id=live.id, entry_id=live.entry_id)  # type: ignore[attr-defined]  # a SwapCompleted
    report = await load_history(runtime, archive(tmp_path, (moment, [*facts, SwapCompleted(again)])))
    assert (report.swaps, report.hours, report.left_out) == (1, 0, 1)
    assert await Swaps.find(live.id) == live
    counted = await HourlySwaps.between([station.id], moment - timedelta(hours=1), clock.now())
    assert list(counted[station.id].values()) == [1]


async def test_stations_and_models_that_the_network_does_not_have_are_left_out(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    moment = clock.now() - timedelta(hours=3)
    entry, swap = a_visit(station.id, moment)
    strange = replace(swap, swap=replace(swap.swap, pack_model_id="no-such-model"))  # type: ignore[type-var,attr-defined]  # a SwapCompleted
    root = archive(tmp_path, (moment, [*a_visit("elsewhere", moment), entry, strange]))
    assert await load_history(runtime, root) == HistoryReport(days=1, left_out=4)


async def test_a_span_loads_only_what_happened_in_it(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    days = [clock.now() - timedelta(days=number) for number in (3, 2, 1)]
    root = archive(tmp_path, *((moment, a_visit(station.id, moment)) for moment in days))
    seen: list[tuple[int, int]] = []
    report = await load_history(runtime, root, days[1], days[2], lambda done, of: seen.append((done, of)))
    assert report.swaps == 1
    assert seen[-1][0] == seen[-1][1]


async def test_loaded_swaps_are_listed_in_the_order_of_time(
    runtime: Runtime, clock: ManualClock, station: Station, tmp_path: Path
) -> None:
    moments = [clock.now() - timedelta(hours=number) for number in (1, 3, 2)]
    live = await store_swap(a_swap(station.id, clock.now()))
    await load_history(
        runtime, archive(tmp_path, *((moment, a_visit(station.id, moment)) for moment in moments))
    )
    listed = await Swaps.list_page(SwapFilter(station_id=station.id), before=None, limit=10)
    assert [swap.completed_at for swap in listed] == [live.completed_at, moments[0], moments[2], moments[1]]


async def test_an_entry_that_has_not_ended_is_no_history(runtime: Runtime, station: Station) -> None:
    active = ended_entry(station.id, runtime.clock.now(), EntryState.ARRIVED)
    with pytest.raises(ValueError, match="have ended"):
        await SwappingServices.of(runtime).history.load([active], [])


def test_an_id_of_another_kind_becomes_one_of_its_time() -> None:
    moment = datetime.fromisoformat("2026-03-02T08:00:00Z")
    made = time_ordered("s1-000004", moment)
    assert recorded_milliseconds(made) == epoch_milliseconds(moment)
    assert made == time_ordered("s1-000004", moment)
    assert made != time_ordered("s1-000005", moment)
    assert time_ordered(made, moment + timedelta(days=1)) == made
