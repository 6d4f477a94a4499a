"""A hold is only as good as its pack: whatever door a pack spoils through, its hold moves in the same transaction."""

from collections.abc import Awaitable, Callable

import pytest

from navswap.consistency.invariant import Finding
from navswap.features.credits.service import CreditsServices
from navswap.features.faults.domain.catalogue import Component
from navswap.features.logistics.service import LogisticsServices
from navswap.features.network.domain.fleet import FleetAction
from navswap.features.packs.errors import PackPromisedError
from navswap.features.packs.service import PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.features.swapping.errors import NoChargedPackError, SwapUnderWayError
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.runtime import Runtime
from tests.factories.faults import BROKEN, a_reading, a_ticket, telemetry
from tests.factories.fleet import ordered
from tests.factories.logistics import a_job, a_transporter, taken
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.features.swapping.steps import confirm, verify
from tests.support.consistency import full_report
from tests.support.geo import destination

Spoil = Callable[[Runtime, Station, QueueEntry], Awaitable[object]]


async def report(runtime: Runtime, station: Station, serial_number: str, soc: float, **more: bool) -> None:
    reading = PackReading(serial_number, soc, faulty=more.get("faulty"))
    await SwappingServices.of(runtime).reports.report_packs(station.id, [reading])


async def is_measured_faulty(runtime: Runtime, station: Station, entry: QueueEntry) -> None:
    await report(runtime, station, entry.serial_numbers[0], 95.0, faulty=True)


async def loses_charge(runtime: Runtime, station: Station, entry: QueueEntry) -> None:
    await report(runtime, station, entry.serial_numbers[0], 5.0)


async def fails(runtime: Runtime, station: Station, entry: QueueEntry) -> None:
    reading = a_reading(runtime, Component.PACK, serial_number=entry.serial_numbers[0], error_code=BROKEN)
    await telemetry(runtime, station, reading)


async def is_locked_in(runtime: Runtime, station: Station, entry: QueueEntry) -> None:
    await a_ticket(runtime, station, evse_id=entry.packs[0].evse_id)


async def is_recalled(runtime: Runtime, _: Station, entry: QueueEntry) -> None:
    await ordered(runtime, FleetAction.RECALL, entry.serial_numbers[0])


async def is_retired(runtime: Runtime, _: Station, entry: QueueEntry) -> None:
    await ordered(runtime, FleetAction.RETIRE, entry.serial_numbers[0])


def name_of(door: object) -> str:
    return str(getattr(door, "__name__", door))


DOORS: dict[Spoil, MoveCause] = {
    is_measured_faulty: MoveCause.PACK_FAULTY,
    loses_charge: MoveCause.PACK_UNCHARGED,
    fails: MoveCause.FAULT,
    is_locked_in: MoveCause.FAULT,
    is_recalled: MoveCause.PACK_WITHDRAWN,
    is_retired: MoveCause.PACK_WITHDRAWN,
}


async def problems(runtime: Runtime) -> list[Finding]:
    return [finding for finding in (await full_report(runtime)).findings if not finding.holds]


async def now(entry: QueueEntry) -> QueueEntry:
    return await QueueEntries.get(entry.id)


async def counts(station: Station) -> tuple[int, int]:
    """Return held packs and queue length as they are stored."""
    found = await Stations.find(station.id)
    assert found is not None
    return found.status.stock.held_packs, found.status.queue_length


@pytest.mark.parametrize("spoil", DOORS, ids=name_of)
async def test_the_hold_of_a_pack_that_spoils_is_on_another_one_of_the_station_at_once(
    runtime: Runtime, spoil: Spoil
) -> None:
    station = await a_station(runtime, charged=2)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await spoil(runtime, station, entry)
    moved = await now(entry)
    [pack] = await Packs.list_where({"held_by": entry.id})
    assert (pack.id, pack.place.evse_id) == (moved.packs[0].serial_number, moved.packs[0].evse_id)
    assert pack.id != entry.serial_numbers[0]
    assert [move.cause for move in moved.moves] == [DOORS[spoil]]
    assert await counts(station) == (1, 1)
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, (await a_rider())[0].id, station)
    assert await problems(runtime) == []


@pytest.mark.parametrize("spoil", DOORS, ids=name_of)
async def test_where_none_is_left_it_moves_to_the_next_station_and_then_its_rider_is_compensated(
    runtime: Runtime, spoil: Spoil
) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await spoil(runtime, station, entry)
    moved = await now(entry)
    assert (moved.station_id, moved.state) == (near.id, EntryState.CONFIRMED)
    assert [await counts(place) for place in (station, near)] == [(0, 0), (1, 1)]
    await spoil(runtime, near, moved)
    ended = await now(entry)
    assert ended.state is EntryState.COMPENSATED
    assert await counts(near) == (0, 0)
    balance = await CreditsServices.of(runtime).credits.balance(rider.id)
    assert balance.balance == runtime.settings.compensation_credits
    assert await problems(runtime) == []


async def test_a_pack_that_is_charged_again_before_the_hold_ends_is_kept(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await report(runtime, station, entry.serial_numbers[0], entry.promised_soc_percent - 1)
    assert await now(entry) == entry
    assert await problems(runtime) == []


async def test_a_pack_that_a_hold_was_moved_to_is_not_loaded_by_a_transporter(runtime: Runtime) -> None:
    station, target = await a_station(runtime, charged=2), await a_station(runtime, charged=0)
    transporter = await a_transporter(runtime)
    job = await a_job(runtime, station, target, packs=1)
    await taken(runtime, job)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await is_recalled(runtime, station, entry)
    custody = LogisticsServices.of(runtime).custody
    with pytest.raises(PackPromisedError):
        await custody.pick_up(job.id, transporter.id, [(await now(entry)).serial_numbers[0]])


async def test_a_rider_who_was_scanned_and_refused_for_want_of_a_pack_cancels_and_goes_on(
    runtime: Runtime,
) -> None:
    station, other = await a_station(runtime, charged=1), await a_station(runtime, charged=1)
    rider, old = await a_rider()
    assert old is not None
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    services = SwappingServices.of(runtime)
    with pytest.raises(SwapUnderWayError):
        await services.holds.cancel(entry.id, rider.id)
    await report(runtime, station, entry.serial_numbers[0], entry.promised_soc_percent - 1)
    with pytest.raises(NoChargedPackError):
        await services.swaps.complete(entry.id, "staff", ReturnedPack(old.id, 9.0))
    cancelled = await services.holds.cancel(entry.id, rider.id)
    assert cancelled.state is EntryState.CANCELLED
    assert await counts(station) == (0, 0)
    assert (await confirm(runtime, rider.id, other)).state is EntryState.CONFIRMED
