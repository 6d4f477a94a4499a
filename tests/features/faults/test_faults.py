import asyncio
from datetime import timedelta

import pytest

from navswap.features.faults.domain.catalogue import Action, Component, FaultCode, Pause
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import ReadingRejection
from navswap.features.faults.domain.values import FaultSource, FaultState, Finding, Outcome, TicketState
from navswap.features.faults.errors import (
    CommandNotFoundError,
    CommandSettledError,
)
from navswap.features.faults.service import FaultsServices, Reported
from navswap.features.faults.storage import Faults, Tickets
from navswap.features.packs.service import Condition, PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import SlotState, Station, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.service import SwappingServices
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.faults import (
    BROKEN,
    a_reading,
    a_ticket,
    advance,
    on_site,
    pending,
    published,
    telemetry,
    the_fault,
    the_ticket,
)
from tests.factories.network import a_station

MINUTE = timedelta(minutes=1)


async def now(station: Station) -> Station:
    read = await Stations.find(station.id)
    assert read is not None
    return read


async def report(runtime: Runtime, station: Station, code: FaultCode, **values: object) -> Reported:
    finding = Finding(station.id, code, FaultSource.TELEMETRY, runtime.clock.now(), **values)  # type: ignore[arg-type]  # each test names fields
    return await FaultsServices.of(runtime).faults.record(finding)


async def test_a_fault_pauses_its_slot_in_the_transaction_that_raises_it(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3, slot_count=12)
    report = await telemetry(runtime, station, a_reading(runtime, evse_id=2, error_code=BROKEN))
    assert (report.raised, report.accepted) == (1, 1)
    paused = await now(station)
    assert paused.closed_slots == {2: SlotState.FAULTED}
    stock = paused.status.stock
    assert (stock.charged_packs, stock.blocked_packs, stock.empty_slots) == (2, 1, 9)
    [raised] = await published("faults.fault.raised")
    assert (raised["fault"]["code"], raised["fault"]["evse_id"], raised["fault"]["pause"]) == (
        "SLOT_FAILED",
        2,
        "SLOT_FAULTED",
    )
    changed = (await published("stations.station.changed"))[-1]
    assert changed["closed_slots"] == [{"evse_id": 2, "state": "FAULTED"}]


async def test_an_empty_slot_that_is_out_of_use_is_no_empty_slot(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1, slot_count=4)
    await telemetry(runtime, station, a_reading(runtime, evse_id=4, error_code=BROKEN))
    assert (await now(station)).status.stock.empty_slots == 2


async def test_a_fault_of_a_pack_makes_it_faulty(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    [pack, _] = await Packs.list_at_station(station.id)
    hot = a_reading(runtime, Component.PACK, serial_number=pack.id, temperature_celsius=65.0)
    await telemetry(runtime, station, hot)
    stored = await Packs.find(pack.id)
    assert stored is not None
    assert stored.condition is Condition.FAULTY
    assert (await now(station)).closed_slots == {1: SlotState.LOCKED}, "the playbook locks it in"
    assert (await now(station)).status.stock.charged_packs == 1


async def test_50_reports_of_one_fault_at_once_are_one_fault(runtime: Runtime) -> None:
    station = await a_station(runtime)
    reported = await asyncio.gather(
        *(report(runtime, station, FaultCode.SLOT_FAILED, evse_id=1) for _ in range(50))
    )
    assert sum(answer.is_new for answer in reported) == 1
    assert len({answer.fault.id for answer in reported}) == 1
    assert (await the_fault(station)).occurrences == 50
    assert len(await published("faults.fault.raised")) == 1
    assert len(await published("faults.command.issued")) == 1


async def test_a_broken_sensor_neither_raises_a_fault_nor_silences_the_rest(runtime: Runtime) -> None:
    station = await a_station(runtime)
    report = await telemetry(
        runtime,
        station,
        a_reading(runtime, temperature_celsius=6_553.5),
        a_reading(runtime, evse_id=2, temperature_celsius=71.0),
    )
    assert report.rejected == ((0, ReadingRejection.IMPOSSIBLE_VALUE),)
    assert (report.accepted, report.raised, (await the_fault(station)).evse_id) == (1, 1, 2)


async def test_faults_of_other_places_and_codes_are_other_faults(runtime: Runtime) -> None:
    station = await a_station(runtime)
    for code, slot in ((FaultCode.SLOT_FAILED, 1), (FaultCode.SLOT_FAILED, 2), (FaultCode.LATCH_STUCK, 1)):
        await report(runtime, station, code, evse_id=slot)
    assert len(await Faults.list_open(station.id)) == 3


async def test_a_reset_that_worked_ends_the_fault_and_the_slot_comes_back(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=3)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    fault = await the_fault(station)
    assert pending(fault).action is Action.RESET_MODULE
    assert pending(fault).due_at == clock.now() + 3 * MINUTE
    clock.advance(MINUTE)
    report = await telemetry(runtime, station, a_reading(runtime))
    assert report.resolved == 1
    fault = await the_fault(station)
    assert (fault.state, fault.is_open, fault.attempts[0].outcome) == (
        FaultState.RESOLVED,
        False,
        Outcome.SUCCEEDED,
    )
    back = await now(station)
    assert (back.closed_slots, back.status.stock.charged_packs) == ({}, 3)
    assert (await published("faults.command.settled"))[0]["command"]["outcome"] == "SUCCEEDED"
    assert len(await published("faults.fault.resolved")) == 1


async def test_the_stations_word_alone_proves_no_repair(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    command = pending(await the_fault(station)).command_id
    await FaultsServices.of(runtime).commands.answer(command, accepted=True, detail="restarting")
    assert pending(await the_fault(station)).command_id == command
    clock.advance(3 * MINUTE)
    assert await advance(runtime) == 1
    fault = await the_fault(station)
    assert fault.attempts[0].outcome is Outcome.TIMED_OUT
    assert pending(fault).command_id != command


async def test_telemetry_from_before_the_command_or_of_another_slot_proves_nothing(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    healthy_before = a_reading(runtime)
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    clock.advance(MINUTE)
    await telemetry(runtime, station, healthy_before, a_reading(runtime, evse_id=2))
    assert (await the_fault(station)).is_open


async def test_late_readings_do_not_bring_a_fault_back(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    late = a_reading(runtime, error_code=BROKEN)
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    clock.advance(MINUTE)
    assert (await telemetry(runtime, station, a_reading(runtime))).resolved == 1
    assert (await telemetry(runtime, station, late)).raised == 0
    assert not (await the_fault(station)).is_open


async def test_one_report_may_hold_the_end_of_a_fault_and_its_return(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    clock.advance(MINUTE)
    healthy = a_reading(runtime)
    clock.advance(MINUTE)
    broken = a_reading(runtime, error_code=BROKEN)
    clock.advance(MINUTE)
    report = await telemetry(runtime, station, broken, healthy)
    assert (report.resolved, report.raised) == (1, 1)


async def test_the_playbook_is_limited_then_the_analysis_then_people(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    for _ in range(30):
        clock.advance(MINUTE)
        await advance(runtime)
        if (await the_fault(station)).ticket_id is not None:
            break
    fault = await the_fault(station)
    assert (fault.state, fault.level) == (FaultState.TICKETED, 3)
    tries = [(attempt.level, attempt.action) for attempt in fault.attempts]
    assert tries == [
        (1, Action.RESET_MODULE),
        (1, Action.RESET_MODULE),
        (2, Action.DERATE_CHARGING),
    ]
    assert all(sum(tried is action for _, tried in tries) <= FaultParameters().max_tries for action in Action)
    assert all(attempt.outcome is Outcome.TIMED_OUT for attempt in fault.attempts)
    assert fault.analyses[0].source is Source.BASELINE
    assert fault.analyses[-1].chosen in {Action.SWAP_MODULE, Action.SEND_TECHNICIAN}
    assert (await the_ticket(station)).recommended is fault.analyses[-1].chosen
    assert await advance(runtime) == 0


async def test_the_analysis_counts_what_ended_such_faults_before(
    runtime: Runtime, clock: ManualClock
) -> None:
    for _ in range(6):
        station = await a_station(runtime)
        ticket = await a_ticket(runtime, station)
        clock.advance(20 * MINUTE)
        await FaultsServices.of(runtime).tickets.resolve(
            ticket.id, await on_site(runtime), Action.SWAP_MODULE, "done"
        )
    station = await a_station(runtime)
    await a_ticket(runtime, station)
    analysis = (await the_fault(station)).analyses[-1]
    swap = next(advised for advised in analysis.ranked if advised.action is Action.SWAP_MODULE)
    reset = next(advised for advised in analysis.ranked if advised.action is Action.RESET_MODULE)
    assert (swap.tries, swap.successes, swap.probability) == (6, 6, (4 + 6) / (5 + 6))
    assert swap.expected_minutes == pytest.approx((6 * 20 + 60) / 7)
    assert (reset.tries, reset.successes) == (14, 0), "two each of the six before, and two of this fault"
    assert reset.probability == 2 / (4 + 12 + 2 * FaultParameters().own_try_weight)


async def test_a_fault_that_keeps_coming_back_is_left_to_people(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    for _ in range(3):
        await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
        clock.advance(MINUTE)
        await telemetry(runtime, station, a_reading(runtime))
        clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    await advance(runtime)
    [fault] = await Faults.list_open(station.id)
    assert (fault.earlier_faults, fault.attempts, fault.state) == (3, (), FaultState.TICKETED)


async def test_a_refused_command_fails_at_once_and_a_repeated_answer_changes_nothing(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    commands = FaultsServices.of(runtime).commands
    command = pending(await the_fault(station)).command_id
    answers = await asyncio.gather(
        *(commands.answer(command, accepted=False, detail="busy") for _ in range(5)), return_exceptions=True
    )
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    fault = await the_fault(station)
    assert [attempt.outcome for attempt in fault.attempts] == [Outcome.REJECTED, Outcome.PENDING]
    with pytest.raises(CommandSettledError):
        await commands.answer(command, accepted=True, detail="")
    with pytest.raises(CommandNotFoundError):
        await commands.answer("none", accepted=True, detail="")


async def test_workers_that_look_at_the_same_time_issue_one_command(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    clock.advance(3 * MINUTE)
    moved = await asyncio.gather(*(advance(runtime) for _ in range(6)))
    assert sum(moved) == 1
    assert len((await the_fault(station)).attempts) == 2


async def test_a_lock_is_proven_by_the_stations_answer_and_leaves_the_rest_to_people(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, Component.CHARGER, error_code="GroundFailure"))
    fault = await the_fault(station)
    assert pending(fault).action is Action.LOCK_SLOT
    await FaultsServices.of(runtime).commands.answer(pending(fault).command_id, accepted=True, detail="")
    await advance(runtime)
    fault = await the_fault(station)
    assert fault.attempts[0].outcome is Outcome.SUCCEEDED
    assert (fault.is_open, (await the_ticket(station)).state) == (True, TicketState.OPEN)


async def test_no_reading_frees_a_slot_that_leaks_current(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, Component.CHARGER, error_code="GroundFailure"))
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime, Component.CHARGER))
    assert (await now(station)).closed_slots == {1: SlotState.FAULTED}


async def test_a_slot_with_two_faults_comes_back_with_the_last(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    await telemetry(
        runtime,
        station,
        a_reading(runtime, error_code=BROKEN),
        a_reading(runtime, Component.CHARGER, error_code=BROKEN),
    )
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime))
    assert (await now(station)).closed_slots == {1: SlotState.FAULTED}
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime, Component.CHARGER))
    assert (await now(station)).closed_slots == {}


async def test_a_station_that_was_seen_and_falls_silent_is_offline_until_it_is_seen_again(
    runtime: Runtime, clock: ManualClock
) -> None:
    seen, never = await a_station(runtime), await a_station(runtime)
    heartbeats = FaultsServices.of(runtime).heartbeats
    await telemetry(runtime, seen)
    clock.advance(timedelta(minutes=runtime.settings.heartbeat_minutes))
    assert await heartbeats.raise_offline() == 0
    clock.advance(MINUTE)
    assert sum(await asyncio.gather(*(heartbeats.raise_offline() for _ in range(4)))) == 1
    assert (await now(seen)).status.state is StationState.OUT_OF_SERVICE
    assert (await now(never)).status.state is StationState.OPEN
    assert await heartbeats.raise_offline() == 0
    assert (await the_fault(seen)).occurrences == 1
    clock.advance(MINUTE)
    assert (await telemetry(runtime, seen)).resolved == 1
    assert (await now(seen)).status.state is StationState.OPEN
    assert [attempt.outcome for attempt in (await the_fault(seen)).attempts] == [Outcome.OVERTAKEN]


async def test_a_network_that_falls_silent_at_once_is_not_declared_offline(
    runtime: Runtime, clock: ManualClock
) -> None:
    stations = [await a_station(runtime) for _ in range(12)]
    heartbeats = FaultsServices.of(runtime).heartbeats
    for station in stations:
        await telemetry(runtime, station)
    clock.advance(2 * timedelta(minutes=runtime.settings.heartbeat_minutes))  # the API was down
    assert await heartbeats.raise_offline() == 0
    for station in stations[:5]:
        await telemetry(runtime, station)
    assert await heartbeats.raise_offline() == 0, "the others have not had the time to report"
    await telemetry(runtime, stations[5])
    assert await heartbeats.raise_offline() == 6, "now most are seen, so the others are silent"


async def test_rerouting_worked_once_no_rider_waits(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station, a_reading(runtime, Component.STATION, error_code="UnderVoltage"))
    assert pending(await the_fault(station)).action is Action.REROUTE_RIDERS
    clock.advance(MINUTE)
    await advance(runtime)
    assert (await the_fault(station)).attempts[0].outcome is Outcome.SUCCEEDED


async def test_a_persons_report_needs_its_place_and_no_reading_ends_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    faults = FaultsServices.of(runtime).faults

    def finding(code: FaultCode, **values: object) -> Finding:
        return Finding(station.id, code, FaultSource.STAFF, clock.now(), **values)  # type: ignore[arg-type]  # each test names fields

    for bad in (
        finding(FaultCode.LATCH_STUCK),
        finding(FaultCode.LATCH_STUCK, evse_id=99),
        finding(FaultCode.PACK_FAILED),
        finding(FaultCode.PACK_FAILED, serial_number="none"),
        finding(FaultCode.STATION_DAMAGED, description="x" * 1001),
    ):
        with pytest.raises(InvalidInputError):
            await faults.report(bad)
    assert (await faults.report(finding(FaultCode.LATCH_STUCK, evse_id=1))).is_new
    await advance(runtime)
    clock.advance(MINUTE)
    await telemetry(runtime, station, a_reading(runtime))
    fault = await the_fault(station)
    assert (fault.is_open, fault.state) == (True, FaultState.TICKETED)


async def test_a_rider_who_reports_a_station_damaged_does_not_close_it(runtime: Runtime) -> None:
    station = await a_station(runtime)
    finding = Finding(station.id, FaultCode.STATION_DAMAGED, FaultSource.RIDER, runtime.clock.now())
    reported = await FaultsServices.of(runtime).faults.report(finding)
    await advance(runtime)
    assert reported.fault.pause is Pause.NOTHING
    assert (await now(station)).status.state is StationState.OPEN
    assert len(await Tickets.list_where({})) == 1


async def test_no_report_makes_a_pack_fit_whose_fault_is_open(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    [pack, _] = await Packs.list_at_station(station.id)
    failed = a_reading(runtime, Component.PACK, serial_number=pack.id, error_code=BROKEN)
    await telemetry(runtime, station, failed)
    healthy = [PackReading(pack.id, 95.0, faulty=False)]
    await SwappingServices.of(runtime).reports.report_packs(station.id, healthy)
    stored = await Packs.find(pack.id)
    assert stored is not None
    assert stored.condition is Condition.FAULTY
    assert (await now(station)).status.stock.charged_packs == 1
