"""From the network as it is to the moves that staff is asked for, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from navswap.features.staffing.domain.lifecycle import accept, propose
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import Situation, StaffedStation, WorkForecast, plan_moves
from navswap.features.staffing.domain.presence import count_present
from navswap.features.staffing.domain.roster import register
from navswap.features.staffing.domain.shifts import find_shift
from navswap.features.staffing.domain.values import (
    AssignmentCause,
    Proposal,
    Skill,
    StaffAssignment,
    StaffMember,
    WorkingHours,
)
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from tests.support.geo import destination

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = Point(71.2, 27.1)
PLAIN = StaffingParameters()
ALL_DAY = WorkingHours(0, 24, "UTC")


def station(name: str, kilometres: float = 0.0, *, is_open: bool = True) -> StaffedStation:
    return StaffedStation(name, destination(HERE, 90.0, kilometres * 1000), is_open)


def member(name: str, *skills: Skill, hours: WorkingHours = ALL_DAY) -> StaffMember:
    return StaffMember(name, "near", skills or (Skill.SERVICE,), hours)


def situation(*members: StaffMember, work: float = 40.0, **values: object) -> Situation:
    """Return a network in which `busy` has work, and the members are a kilometre away at `near`."""
    forecast = WorkForecast({("busy", Skill.SERVICE): work}, Source.BASELINE, NOW)
    stations = {"busy": station("busy"), "near": station("near", 1.0)}
    plain = Situation(NOW, forecast, {}, stations, members, {}, {}, {}, {})
    return replace(plain, **values)  # type: ignore[arg-type]  # each test names fields


def asked(proposals: list[Proposal]) -> list[str]:
    return [proposal.staff_id for proposal in proposals]


def an_assignment(staff_id: str) -> StaffAssignment:
    [proposal] = plan_moves(situation(member(staff_id)), PLAIN)
    return propose("a1", proposal, member(staff_id), NOW, PLAIN).assignment.after


def test_a_proposal_says_what_it_was_computed_from_and_when_the_work_ends() -> None:
    [proposal] = plan_moves(situation(member("A")), PLAIN)
    assert (proposal.origin_id, proposal.target_id, proposal.cause) == (
        "near",
        "busy",
        AssignmentCause.WORKLOAD,
    )
    inputs = proposal.inputs
    assert (inputs.as_of, inputs.target_work_minutes, inputs.origin_work_minutes) == (NOW, 40.0, 0.0)
    assert proposal.work_ends_at == NOW + PLAIN.stay + timedelta(minutes=inputs.travel_minutes)


@pytest.mark.parametrize(
    ("hours", "is_asked"),
    [
        (WorkingHours(9, 17, "UTC"), False),
        (WorkingHours(22, 6, "UTC"), False),
        (WorkingHours(0, 8, "UTC"), False),
        (WorkingHours(1, 9, "UTC"), True),
    ],
)
def test_who_is_off_shift_or_about_to_go_home_is_not_asked(hours: WorkingHours, *, is_asked: bool) -> None:
    proposals = plan_moves(situation(member("A", hours=hours)), PLAIN)
    assert asked(proposals) == (["A"] if is_asked else [])
    assert all(proposal.work_ends_at == NOW + timedelta(hours=1) for proposal in proposals)


SHIFTS = [WorkingHours(6, 14, "UTC"), WorkingHours(14, 22, "UTC"), WorkingHours(22, 6, "UTC")]


@pytest.mark.parametrize("minutes", range(0, 24 * 60, 5))
def test_help_comes_at_any_time_of_the_day_over_all_changes_of_shift(minutes: int) -> None:
    """Of two members of each shift, someone who works within the hour is sent to a station with work for a whole hour."""
    now = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    members = [member(f"{name}{hours.start_hour}", hours=hours) for hours in SHIFTS for name in ("A", "B")]
    proposals = plan_moves(situation(*members, work=48.0, now=now), PLAIN)
    assert proposals
    for proposal in proposals:
        hours = next(known.hours for known in members if known.id == proposal.staff_id)
        shift = find_shift(hours, now, PLAIN.ask_ahead)
        assert shift is not None
        arrives_at = max(now, shift.starts_at) + timedelta(minutes=proposal.inputs.travel_minutes)
        assert arrives_at < proposal.work_ends_at <= shift.ends_at
        assert proposal.starts_at == (shift.starts_at if shift.starts_at > now else None)


def test_who_stays_longer_is_asked_before_who_goes_home() -> None:
    goes, stays = member("A", hours=WorkingHours(0, 8, "UTC")), member("B", hours=WorkingHours(1, 9, "UTC"))
    for minutes in range(5, 60, 5):
        now = NOW - timedelta(minutes=minutes)
        assert asked(plan_moves(situation(goes, stays, work=48.0, now=now), PLAIN)) == ["B"]


def test_a_colleague_whose_shift_begins_at_the_station_soon_makes_a_diversion_needless() -> None:
    here = member("A")
    comes = replace(member("B", hours=WorkingHours(9, 17, "UTC")), home_station_id="busy")
    ten_to_nine = NOW + timedelta(minutes=50)
    assert asked(plan_moves(situation(here, work=20.0, now=ten_to_nine), PLAIN)) == ["A"]
    assert plan_moves(situation(here, comes, work=20.0, now=ten_to_nine), PLAIN) == []


def test_who_was_asked_before_the_shift_may_answer_at_its_start_and_go_then() -> None:
    comes = member("A", hours=WorkingHours(9, 17, "UTC"))
    now = NOW + timedelta(minutes=40)
    nine = NOW + timedelta(hours=1)
    [proposal] = plan_moves(situation(comes, now=now), PLAIN)
    assert proposal.starts_at == nine
    asked_of = propose("a1", proposal, comes, now, PLAIN).assignment.after
    assert asked_of.due_at == nine + PLAIN.answer_within
    accepted = accept(asked_of, comes, now, PLAIN).assignment.after
    way = timedelta(minutes=3 * proposal.inputs.travel_minutes + PLAIN.move_minutes)
    assert accepted.due_at == nine + way


def test_who_is_asked_already_counts_at_the_new_station() -> None:
    both = (member("A"), member("B"))
    assert len(plan_moves(situation(*both), PLAIN)) == 1
    assert plan_moves(situation(*both, active={"A": an_assignment("A")}), PLAIN) == []
    assert asked(plan_moves(situation(*both, work=90.0, active={"A": an_assignment("A")}), PLAIN)) == ["B"]


def test_relief_goes_to_queues_only() -> None:
    strained = situation(member("A"), member("B"), queues={"near": 0, "queue": 14})
    stations = {**strained.stations, "queue": station("queue", 2.0)}
    strained = replace(strained, stations=stations)
    relief = plan_moves(strained, PLAIN, only_to_queues=True)
    assert {proposal.target_id for proposal in relief} == {"queue"}
    assert {proposal.cause for proposal in relief} == {AssignmentCause.BROKEN_PROMISE}
    assert {proposal.inputs.target_queue_length for proposal in relief} == {14}


def test_a_closed_station_gets_no_one_to_serve() -> None:
    closed = {"busy": station("busy", is_open=False), "near": station("near", 1.0)}
    assert plan_moves(situation(member("A"), queues={"busy": 30}, stations=closed), PLAIN) == []


def test_a_recent_position_counts_more_than_the_home_station() -> None:
    people = (member("A"), member("B"))
    at_the_door = {"B": HERE}
    assert asked(plan_moves(situation(*people), PLAIN)) == ["A"]
    [proposal] = plan_moves(situation(*people, positions=at_the_door), PLAIN)
    assert proposal.staff_id == "B"
    assert proposal.inputs.travel_minutes == pytest.approx(0.0, abs=1e-6)


def test_who_declined_is_left_alone_and_who_went_is_spared() -> None:
    people = (member("A"), member("B"))
    assert asked(plan_moves(situation(*people, declined={"A": frozenset({"busy"})}), PLAIN)) == ["B"]
    assert asked(plan_moves(situation(*people, recent_diversions={"A": 1}), PLAIN)) == ["B"]


def test_staff_counts_where_it_is_now() -> None:
    here, proposed = member("A"), an_assignment("B")
    on_the_way = accept(proposed, member("B"), NOW, PLAIN).assignment.after
    there = replace(on_the_way, state=type(on_the_way.state).ARRIVED)
    members, stations = [here, member("B")], ["near", "busy"]
    assert count_present(members, [proposed], stations, NOW) == {"near": 2}
    assert count_present(members, [on_the_way], stations, NOW) == {"near": 1}
    assert count_present(members, [there], stations, NOW) == {"near": 1, "busy": 1}


def test_the_roster_takes_a_member_and_changes_what_it_says() -> None:
    new = register(None, "A", "near", [Skill.SERVICE, Skill.SERVICE], ALL_DAY)
    assert (new.before, new.after) == (None, member("A"))
    known = replace(new.after, sequence=5)
    assert not register(known, "A", "near", [Skill.SERVICE], ALL_DAY).is_change
    moved = register(known, "A", "busy", [Skill.SERVICE], ALL_DAY).after
    assert (moved.home_station_id, moved.sequence, moved.revision) == ("busy", 5, 2)


@pytest.mark.parametrize(
    ("hours", "skills", "field"),
    [
        (WorkingHours(24, 8, "UTC"), [Skill.SERVICE], "shiftStartHour"),
        (WorkingHours(0, 25, "UTC"), [Skill.SERVICE], "shiftEndHour"),
        (WorkingHours(0, 0, "UTC"), [Skill.SERVICE], "shiftEndHour"),
        (WorkingHours(0, 8, "Mars/Olympus"), [Skill.SERVICE], "timeZone"),
        (ALL_DAY, [], "skills"),
    ],
)
def test_impossible_hours_and_skills_are_refused(
    hours: WorkingHours, skills: list[Skill], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        register(None, "A", "near", skills, hours)
    assert refused.value.field == field
