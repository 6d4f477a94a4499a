"""The life of a fault, without a database."""

from datetime import timedelta

import pytest

from navswap.features.faults.domain import lifecycle
from navswap.features.faults.domain.catalogue import Action, Component, FaultCode, Pause
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Fault, FaultSource, FaultState, Outcome, TicketState
from navswap.features.faults.errors import CommandNotFoundError, CommandSettledError, FaultOverError
from navswap.features.faults.events import (
    CommandIssued,
    CommandSettled,
    FaultAdvanced,
    FaultRaised,
    FaultResolved,
    TicketOpened,
    TicketResolved,
)
from navswap.kit.lifecycle import Transition
from tests.domain.faults.builders import MINUTE, NOW, PLAIN, acting, advice, finding, raised, ticketed

C, A, O = FaultCode, Action, Outcome  # noqa: E741 - the tables read best in short
LATER = NOW + MINUTE
TIMEOUT = NOW + 3 * MINUTE


def facts(step: lifecycle.FaultStep) -> list[type]:
    return [type(fact) for fact in step.facts]


def outcomes(fault: Fault) -> list[tuple[Action, Outcome]]:
    return [(attempt.action, attempt.outcome) for attempt in fault.attempts]


def healthy(component: Component = Component.SLOT, *, at: timedelta = MINUTE, **values: object) -> Reading:
    return Reading(component, NOW + at, evse_id=1, **values)  # type: ignore[arg-type]  # each test names fields


def answer(fault: Fault, *, accepted: bool, command_id: str = "c1") -> lifecycle.FaultStep:
    return lifecycle.answer(fault, command_id, LATER, "c2", PLAIN, accepted=accepted, detail="so")


def test_a_fault_begins_with_the_first_command_of_its_playbook() -> None:
    step = raised(finding(C.SLOT_FAILED, evse_id=2))
    fault = step.fault.after
    assert (step.fault.before, fault.revision, fault.subject) == (None, 1, "slot:2")
    assert (fault.state, fault.level, fault.pause) == (FaultState.ACTING, 1, Pause.SLOT_FAULTED)
    assert outcomes(fault) == [(A.RESET_MODULE, O.PENDING)]
    assert fault.attempts[0].due_at == fault.check_at == TIMEOUT
    assert facts(step) == [FaultRaised, CommandIssued]
    assert step.facts[0] == FaultRaised(fault)


def test_a_fault_without_a_playbook_is_analysed_at_once() -> None:
    fault = acting(C.PACK_FAILED)
    assert (fault.state, fault.level, fault.check_at, fault.attempts) == (FaultState.ANALYSING, 2, NOW, ())


@pytest.mark.parametrize("source", [FaultSource.RIDER, FaultSource.STAFF, FaultSource.ADMIN])
def test_what_a_person_reported_is_left_to_people(source: FaultSource) -> None:
    fault = acting(C.LATCH_STUCK, source)
    step = lifecycle.decide(fault, advice(fault.code), NOW, "t1", PLAIN)
    assert (step.fault.after.source, step.fault.after.state) == (source, FaultState.TICKETED)


def test_a_finding_from_before_the_end_of_such_a_fault_says_nothing_new() -> None:
    with pytest.raises(FaultOverError):
        raised(finding(), [NOW])
    step = raised(finding(), [NOW - timedelta(milliseconds=1)])
    assert step.fault.after.earlier_faults == 1


def test_one_more_report_counts_and_an_older_one_moves_no_time_back() -> None:
    fault = acting()
    seen = lifecycle.see_again(fault, LATER).after
    assert (seen.occurrences, seen.last_seen_at, seen.revision) == (2, LATER, 2)
    assert lifecycle.see_again(seen, NOW).after.last_seen_at == LATER


def test_the_word_of_a_station_settles_a_lock_and_a_refusal_settles_any_command() -> None:
    accepted = answer(acting(C.GROUND_FAULT), accepted=True)
    assert outcomes(accepted.fault.after) == [(A.LOCK_SLOT, O.SUCCEEDED)]
    assert accepted.fault.after.state is FaultState.ANALYSING
    refused = answer(acting(), accepted=False)
    assert outcomes(refused.fault.after) == [(A.RESET_MODULE, O.REJECTED), (A.RESET_MODULE, O.PENDING)]
    assert facts(refused) == [FaultAdvanced, CommandSettled, CommandIssued]
    assert refused.fault.after.attempts[1].command_id == "c2"


def test_the_word_of_a_station_proves_no_repair() -> None:
    step = answer(acting(), accepted=True)
    assert outcomes(step.fault.after) == [(A.RESET_MODULE, O.PENDING)]
    assert (step.fault.after.attempts[0].detail, facts(step)) == ("so", [FaultAdvanced])


def test_the_same_answer_again_changes_nothing_and_another_is_refused() -> None:
    refused = answer(acting(), accepted=False).fault.after
    assert not answer(refused, accepted=False).fault.is_change
    with pytest.raises(CommandSettledError):
        answer(refused, accepted=True)
    with pytest.raises(CommandSettledError):
        answer(answer(acting(), accepted=True).fault.after, accepted=False)
    with pytest.raises(CommandNotFoundError):
        answer(refused, accepted=True, command_id="none")


def observe(fault: Fault, reading: Reading) -> lifecycle.FaultStep:
    return lifecycle.observe(fault, None, reading, LATER, "c2", PLAIN)


def test_a_healthy_reading_from_after_a_repair_ends_the_fault() -> None:
    step = observe(acting(), healthy())
    fault = step.fault.after
    assert (fault.state, fault.is_open, fault.resolved_at, fault.over_at) == (
        FaultState.RESOLVED,
        False,
        LATER,
        LATER,
    )
    assert outcomes(fault) == [(A.RESET_MODULE, O.SUCCEEDED)]
    assert facts(step) == [CommandSettled, FaultResolved]
    assert step.facts[-1] == FaultResolved(fault)


@pytest.mark.parametrize(
    "reading",
    [healthy(at=timedelta(0)), healthy(at=-MINUTE), healthy(error_code="x"), healthy(Component.CHARGER)],
    ids=["of when it was seen", "from before", "broken", "of another part"],
)
def test_other_readings_change_nothing(reading: Reading) -> None:
    assert not observe(acting(), reading).fault.is_change


def test_a_reading_ends_no_fault_that_is_over() -> None:
    over = lifecycle.end(acting(), NOW).after
    assert not observe(over, healthy()).fault.is_change


def test_what_ends_by_itself_overtakes_the_command_that_is_under_way() -> None:
    offline = acting(C.STATION_OFFLINE, FaultSource.HEARTBEAT)
    step = observe(offline, Reading(Component.COMMUNICATION, LATER))
    assert outcomes(step.fault.after) == [(A.REROUTE_RIDERS, O.OVERTAKEN)]
    assert facts(step) == [CommandSettled, FaultResolved]


def test_a_lock_that_a_reading_shows_has_worked_and_the_fault_goes_on() -> None:
    step = observe(acting(C.GROUND_FAULT), healthy(Component.CHARGER, is_locked=True))
    assert outcomes(step.fault.after) == [(A.LOCK_SLOT, O.SUCCEEDED)]
    assert step.fault.after.is_open


def test_what_ends_by_itself_closes_its_ticket_too() -> None:
    fault, ticket = ticketed(C.METER_FAILED)
    meter = Reading(Component.CHARGER, LATER, evse_id=1)
    step = lifecycle.observe(fault, ticket, meter, LATER, "c2", PLAIN)
    assert step.ticket is not None
    closed = step.ticket.after
    assert (closed.state, closed.resolved_by_action, closed.history[-1].by) == (
        TicketState.RESOLVED,
        None,
        None,
    )
    assert facts(step) == [FaultResolved, TicketResolved]


def test_no_reading_ends_what_waits_for_people() -> None:
    fault, ticket = ticketed(C.SLOT_FAILED)
    assert not lifecycle.observe(fault, ticket, healthy(), LATER, "c2", PLAIN).fault.is_change


def test_a_command_that_did_not_work_in_its_time_is_tried_again() -> None:
    fault = acting()
    assert not lifecycle.advance(fault, None, None, TIMEOUT - MINUTE, "c2", PLAIN).fault.is_change
    step = lifecycle.advance(fault, None, None, TIMEOUT, "c2", PLAIN)
    assert outcomes(step.fault.after) == [(A.RESET_MODULE, O.TIMED_OUT), (A.RESET_MODULE, O.PENDING)]


@pytest.mark.parametrize(("riders", "outcome"), [(2, O.PENDING), (0, O.SUCCEEDED)])
def test_a_rerouting_waits_for_the_last_rider(riders: int, outcome: Outcome) -> None:
    step = lifecycle.advance(acting(C.STATION_DAMAGED), riders, None, LATER, "c2", PLAIN)
    assert outcomes(step.fault.after) == [(A.REROUTE_RIDERS, outcome)]
    assert step.fault.after.check_at == (LATER + MINUTE if riders else LATER)


def test_a_fault_that_needs_an_advice_waits_for_it() -> None:
    assert not lifecycle.advance(acting(C.PACK_FAILED), None, None, LATER, "c2", PLAIN).fault.is_change


def test_the_analysis_issues_a_command_or_opens_a_ticket() -> None:
    spent = lifecycle.advance(acting(C.METER_FAILED), None, None, TIMEOUT, "c2", PLAIN).fault.after
    assert (spent.state, spent.level) == (FaultState.ANALYSING, 2)
    step = lifecycle.advance(spent, None, advice(spent.code), TIMEOUT, "c2", PLAIN)
    chosen = step.fault.after
    assert (chosen.state, chosen.level, chosen.analyses[0].chosen) == (FaultState.ACTING, 2, A.RESET_MODULE)
    assert (facts(step), step.ticket) == ([FaultAdvanced, CommandIssued], None)
    failed = lifecycle.answer(chosen, "c2", TIMEOUT, "c3", PLAIN, accepted=False, detail="").fault.after
    second = lifecycle.advance(failed, None, advice(spent.code), TIMEOUT, "c4", PLAIN).fault.after
    assert second.attempts[-1].action is A.DERATE_CHARGING, "the analysis tries an action once"
    unable = lifecycle.answer(second, "c4", TIMEOUT, "c5", PLAIN, accepted=False, detail="").fault.after
    last = lifecycle.advance(unable, None, advice(spent.code), TIMEOUT, "t1", PLAIN)
    assert (last.fault.after.state, last.fault.after.level) == (FaultState.TICKETED, 3)
    assert (last.fault.after.ticket_id, last.fault.after.check_at) == ("t1", None)
    assert facts(last) == [FaultAdvanced, TicketOpened]


def test_a_change_counts_the_revision_up_by_one() -> None:
    fault = acting()
    changes: list[Transition[Fault]] = [
        answer(fault, accepted=True).fault,
        answer(fault, accepted=False).fault,
        observe(fault, healthy()).fault,
        lifecycle.advance(fault, None, None, TIMEOUT, "c2", PLAIN).fault,
        lifecycle.end(fault, NOW),
    ]
    assert {change.after.revision for change in changes} == {2}
