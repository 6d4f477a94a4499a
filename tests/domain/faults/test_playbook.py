from datetime import datetime

import pytest

from navswap.features.faults.domain.catalogue import Action, FaultCode
from navswap.features.faults.domain.playbook import Evidence, next_check, next_step, outcome_of
from navswap.features.faults.domain.values import Fault, FaultSource, Outcome
from tests.domain.faults.builders import MINUTE, NOW, PLAIN, a_fault, attempt

C, A, O = FaultCode, Action, Outcome  # noqa: E741 - the tables read best in short


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (a_fault(C.SLOT_FAILED), A.RESET_MODULE),
        (a_fault(C.SLOT_FAILED, attempt(A.RESET_MODULE, O.TIMED_OUT)), A.RESET_MODULE),
        (a_fault(C.SLOT_FAILED, *[attempt(A.RESET_MODULE, O.TIMED_OUT)] * 2), None),
        (a_fault(C.CHARGER_OVERCURRENT, attempt(A.DERATE_CHARGING, O.REJECTED)), A.RESET_MODULE),
        (a_fault(C.STATION_FAILED), A.REROUTE_RIDERS),
        (a_fault(C.STATION_FAILED, attempt(A.REROUTE_RIDERS, O.SUCCEEDED)), A.RESET_MODULE),
        (a_fault(C.GROUND_FAULT, attempt(A.LOCK_SLOT, O.REJECTED)), A.LOCK_SLOT),
        (a_fault(C.GROUND_FAULT, attempt(A.LOCK_SLOT, O.SUCCEEDED)), None),
        (a_fault(C.PACK_FAILED), None),
        (a_fault(C.SLOT_FAILED, source=FaultSource.STAFF), None),
        (a_fault(C.SLOT_FAILED, earlier=PLAIN.flapping_faults), None),
        (a_fault(C.STATION_FAILED, source=FaultSource.STAFF), A.REROUTE_RIDERS),
        (a_fault(C.STATION_FAILED, source=FaultSource.RIDER), None),
    ],
)
def test_what_the_playbook_does_next(known: Fault, wanted: Action | None) -> None:
    step = next_step(known, PLAIN)
    assert (None if step is None else step.action) is wanted


LATER = NOW + 3 * MINUTE


@pytest.mark.parametrize(
    ("action", "seen", "now", "outcome"),
    [
        (A.RESET_MODULE, Evidence(), NOW, O.PENDING),
        (A.RESET_MODULE, Evidence(accepted=True), NOW, O.PENDING),
        (A.RESET_MODULE, Evidence(accepted=False), NOW, O.REJECTED),
        (A.RESET_MODULE, Evidence(accepted=True, is_healthy=True), NOW, O.SUCCEEDED),
        (A.RESET_MODULE, Evidence(accepted=True), LATER, O.TIMED_OUT),
        (A.DERATE_CHARGING, Evidence(is_locked=True), NOW, O.PENDING),
        (A.LOCK_SLOT, Evidence(accepted=True), NOW, O.SUCCEEDED),
        (A.LOCK_SLOT, Evidence(is_locked=True), NOW, O.SUCCEEDED),
        (A.LOCK_SLOT, Evidence(is_healthy=True), NOW, O.PENDING),
        (A.LOCK_SLOT, Evidence(), LATER, O.TIMED_OUT),
        (A.REROUTE_RIDERS, Evidence(accepted=True, riders_waiting=2), NOW, O.PENDING),
        (A.REROUTE_RIDERS, Evidence(riders_waiting=0), NOW, O.SUCCEEDED),
        (A.REROUTE_RIDERS, Evidence(riders_waiting=2), LATER, O.TIMED_OUT),
    ],
)
def test_when_an_action_worked(action: Action, seen: Evidence, now: datetime, outcome: Outcome) -> None:
    assert outcome_of(attempt(action, O.PENDING), seen, now) is outcome


def test_a_rerouting_is_checked_often_and_any_other_command_at_its_end() -> None:
    assert next_check(attempt(A.REROUTE_RIDERS), NOW, PLAIN) == NOW + MINUTE
    assert next_check(attempt(A.REROUTE_RIDERS), LATER, PLAIN) == LATER
    assert next_check(attempt(A.RESET_MODULE), NOW, PLAIN) == LATER
