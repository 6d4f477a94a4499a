"""The life of an assignment, without a database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.staffing.domain import lifecycle
from navswap.features.staffing.domain.lifecycle import FACT_OF_STATE, AssignmentStep
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.values import (
    AssignmentCause,
    AssignmentInputs,
    AssignmentState,
    Proposal,
    Skill,
    StaffAssignment,
    StaffMember,
    WorkingHours,
)
from navswap.features.staffing.errors import AssignmentNotActiveError, ProposalEndedError
from navswap.features.staffing.events import assignments_stream, station_assignments_feed
from navswap.kit.forecasts import Source

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAIN = StaffingParameters()
MEMBER = StaffMember("u1", "home", (Skill.SERVICE,), WorkingHours(0, 24, "UTC"), sequence=7)
INPUTS = AssignmentInputs(NOW, Source.BASELINE, 0, 40, 0, 40, 0, 6, 0, 24)
WORK_ENDS = NOW + timedelta(hours=2)
PROPOSAL = Proposal("u1", "home", "busy", Skill.SERVICE, AssignmentCause.WORKLOAD, WORK_ENDS, INPUTS)
S = AssignmentState

Decide = Callable[[StaffAssignment, StaffMember], AssignmentStep]


def accept(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.accept(assignment, member, NOW, PLAIN)


def decline(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.decline(assignment, member, NOW)


def depart(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.depart(assignment, member, NOW)


def arrive(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.arrive(assignment, member, NOW)


def end(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.end(assignment, member, NOW)


def lapse(assignment: StaffAssignment, member: StaffMember) -> AssignmentStep:
    return lifecycle.lapse(assignment, member, assignment.due_at)


def after(*decisions: Decide) -> StaffAssignment:
    assignment = lifecycle.propose("a1", PROPOSAL, MEMBER, NOW, PLAIN).assignment.after
    for decide in decisions:
        assignment = decide(assignment, MEMBER).assignment.after
    return assignment


STATES = {
    S.PROPOSED: after(),
    S.ACCEPTED: after(accept),
    S.MOVING: after(accept, depart),
    S.ARRIVED: after(accept, depart, arrive),
    S.ENDED: after(accept, end),
    S.DECLINED: after(decline),
    S.EXPIRED: after(lapse),
}


def test_each_state_is_reached_by_its_transition() -> None:
    assert {state: assignment.state for state, assignment in STATES.items()} == {state: state for state in S}


@pytest.mark.parametrize("state", S)
def test_an_assignment_is_active_until_it_has_an_end(state: AssignmentState) -> None:
    assignment = STATES[state]
    is_active = state in {S.PROPOSED, S.ACCEPTED, S.MOVING, S.ARRIVED}
    assert (assignment.is_active, assignment.ended_at is None) == (is_active, is_active)
    assert assignment.is_on_the_way is (state in {S.ACCEPTED, S.MOVING})


CHANGES: dict[Decide, dict[AssignmentState, AssignmentState]] = {
    accept: {S.PROPOSED: S.ACCEPTED},
    decline: {S.PROPOSED: S.DECLINED},
    depart: {S.ACCEPTED: S.MOVING},
    arrive: {S.ACCEPTED: S.ARRIVED, S.MOVING: S.ARRIVED},
    end: {S.ACCEPTED: S.ENDED, S.MOVING: S.ENDED, S.ARRIVED: S.ENDED},
    lapse: {S.PROPOSED: S.EXPIRED, S.ACCEPTED: S.EXPIRED, S.MOVING: S.EXPIRED, S.ARRIVED: S.ENDED},
}
REFUSALS: dict[Decide, tuple[type[Exception], set[AssignmentState]]] = {
    accept: (ProposalEndedError, {S.ENDED, S.DECLINED, S.EXPIRED}),
    decline: (ProposalEndedError, {S.ACCEPTED, S.MOVING, S.ARRIVED, S.ENDED, S.EXPIRED}),
    end: (AssignmentNotActiveError, {S.PROPOSED, S.DECLINED, S.EXPIRED}),
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("decide", CHANGES, ids=lambda decide: decide.__name__)
def test_what_a_decision_does_in_each_state(decide: Decide, state: AssignmentState) -> None:
    assignment = STATES[state]
    refusal, states = REFUSALS.get(decide, (Exception, set()))
    if state in states:
        with pytest.raises(refusal):
            decide(assignment, MEMBER)
        return
    step = decide(assignment, MEMBER)
    if state not in CHANGES[decide]:
        assert (step.assignment.is_change, step.member.is_change, step.assignment.facts) == (False, False, ())
        return
    changed, member = step.assignment.after, step.member.after
    assert changed.state is CHANGES[decide][state]
    assert (member.sequence, member.revision) == (MEMBER.sequence + 1, MEMBER.revision + 1)
    [fact] = step.assignment.facts
    assert fact == FACT_OF_STATE[changed.state](changed, member.sequence)
    assert fact.streams() == {assignments_stream("u1"): 8}
    assert fact.feeds() == (station_assignments_feed("home"), station_assignments_feed("busy"))


def test_a_proposal_is_answered_in_its_time() -> None:
    proposed = STATES[S.PROPOSED]
    assert proposed.due_at == NOW + 5 * MINUTE
    assert lifecycle.accept(proposed, MEMBER, proposed.due_at - MINUTE, PLAIN).assignment.is_change
    with pytest.raises(ProposalEndedError):
        lifecycle.accept(proposed, MEMBER, proposed.due_at, PLAIN)


def test_a_member_is_waited_for_thrice_the_way_and_works_until_the_end() -> None:
    assert STATES[S.ACCEPTED].due_at == NOW + (3 * 6 + 10) * MINUTE
    assert STATES[S.ARRIVED].due_at == WORK_ENDS


def test_what_is_not_due_does_not_lapse() -> None:
    accepted = STATES[S.ACCEPTED]
    assert not lifecycle.lapse(accepted, MEMBER, accepted.due_at - MINUTE).assignment.is_change


@given(st.lists(st.sampled_from([accept, decline, depart, arrive, end, lapse]), max_size=12))
def test_the_stream_of_a_member_has_no_gap_whatever_happens(decisions: list[Decide]) -> None:
    step = lifecycle.propose("a1", PROPOSAL, replace(MEMBER, sequence=0), NOW, PLAIN)
    sequences = [1]
    for decide in decisions:
        assignment, member = step.assignment.after, step.member.after
        if not assignment.is_active:
            step = lifecycle.propose("a1", PROPOSAL, member, NOW, PLAIN)
        else:
            try:
                step = decide(assignment, member)
            except (ProposalEndedError, AssignmentNotActiveError):
                continue
        sequences += [fact.streams()[assignments_stream("u1")] for fact in step.assignment.facts]
    assert sequences == list(range(1, len(sequences) + 1))
    assert step.member.after.sequence == len(sequences)
