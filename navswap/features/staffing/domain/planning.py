"""From the network as it is to the moves that members of staff are asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.staffing.domain.diversion import Diversion, Person, Post, divert
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.shifts import Shift, find_shift
from navswap.features.staffing.domain.values import (
    AssignmentCause,
    AssignmentInputs,
    Proposal,
    Skill,
    StaffAssignment,
    StaffMember,
)
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.roads import SlowDown, free_roads

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WorkForecast:
    """Minutes of work of the next hour, by station and skill; what is left out is none.

    `modelled` are those that `model` forecast, given with its version; the rest is from `source`.
    """

    minutes: Mapping[tuple[str, Skill], float]
    source: Source
    as_of: datetime
    model: str = ""
    modelled: frozenset[tuple[str, Skill]] = frozenset()

    def of(self, station_id: str, skill: Skill) -> float:
        """Return the minutes of one kind of work at a station."""
        return self.minutes.get((station_id, skill), 0.0)

    def is_modelled(self, station_id: str, skill: Skill) -> bool:
        """Return whether the model, and not the rule, said how much of one kind of work comes up at a station."""
        return (station_id, skill) in self.modelled


@dataclass(frozen=True, slots=True)
class StaffedStation:
    """What the decision needs of a station: where it is, and whether riders are served there."""

    id: str
    point: Point
    is_open: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """The network as one decision sees it.

    `queues` are the lengths of the queues that break their promise, by station. `active` are the active assignments,
    `positions` where members were seen of late, `recent_diversions` how many assignments they accepted within
    `fairness_window`, and `declined` the stations that they did not want to go to within `declined_window`, all by
    member.
    """

    now: datetime
    forecast: WorkForecast
    queues: Mapping[str, int]
    stations: Mapping[str, StaffedStation]
    members: Sequence[StaffMember]
    active: Mapping[str, StaffAssignment]
    positions: Mapping[str, Point]
    recent_diversions: Mapping[str, int]
    declined: Mapping[str, frozenset[str]]


def plan_moves(
    situation: Situation,
    parameters: StaffingParameters,
    slow_down: SlowDown = free_roads,
    *,
    only_to_queues: bool = False,
) -> list[Proposal]:
    """Return the moves that make the most of the staff; some only, where queues are to be relieved.

    Planned with are the members on shift and those whose shift begins within the hour, each for as much of it as they
    work: at the end of a shift those who stay a while longer help, or those who come next.
    """
    shifts = find_shifts(situation, parameters)
    free = [member for member in situation.members if _is_free(member, shifts, situation)]
    people = _people(situation, shifts, free)
    diversions = divert(_posts(situation, shifts), people, parameters, slow_down)
    return [
        _proposal(diversion, shifts[diversion.staff_id], situation, parameters)
        for diversion in diversions
        if diversion.saved_minutes or not only_to_queues
    ]


def find_shifts(situation: Situation, parameters: StaffingParameters) -> dict[str, Shift]:
    """Return the shifts that are on for long enough yet, or begin soon, by member."""
    now = situation.now
    shifts = {member.id: find_shift(member.hours, now, parameters.ask_ahead) for member in situation.members}
    return {
        staff_id: shift
        for staff_id, shift in shifts.items()
        if shift is not None and shift.ends_at >= now + parameters.least_left
    }


def _is_free(member: StaffMember, shifts: Mapping[str, Shift], situation: Situation) -> bool:
    """Return whether a member may be asked: working within the hour, at a known station, and not asked already."""
    return (
        member.id in shifts
        and member.id not in situation.active
        and member.home_station_id in situation.stations
    )


def _posts(situation: Situation, shifts: Mapping[str, Shift]) -> list[Post]:
    """Return the stations with their work, their queues, and those who are there by assignment or on their way there."""
    forecast = situation.forecast
    present: Counter[tuple[str, Skill]] = Counter()
    for member in situation.members:
        assignment = situation.active.get(member.id)
        if member.id not in shifts or assignment is None:
            continue
        station_id = assignment.target_id
        repairs = Skill.REPAIR in member.skills and forecast.of(station_id, Skill.REPAIR) > 0
        present[station_id, Skill.REPAIR if repairs else Skill.SERVICE] += 1
    return [
        Post(
            station_id=station.id,
            point=station.point,
            service_minutes=forecast.of(station.id, Skill.SERVICE) if station.is_open else 0.0,
            repair_minutes=forecast.of(station.id, Skill.REPAIR),
            queue_length=situation.queues.get(station.id, 0) if station.is_open else 0,
            staff=present[station.id, Skill.SERVICE],
            technicians=present[station.id, Skill.REPAIR],
        )
        for station in situation.stations.values()
    ]


def _people(situation: Situation, shifts: Mapping[str, Shift], free: Sequence[StaffMember]) -> list[Person]:
    """Return the free members where they are: by their newest position, else at their station, where a shift begins."""
    return [
        Person(
            staff_id=member.id,
            station_id=member.home_station_id,
            point=_point(member, shifts[member.id], situation),
            skills=frozenset(member.skills),
            recent_diversions=situation.recent_diversions.get(member.id, 0),
            declined=situation.declined.get(member.id, frozenset()),
            starts_in_minutes=max(0.0, (shifts[member.id].starts_at - situation.now) / MINUTE),
            ends_in_minutes=(shifts[member.id].ends_at - situation.now) / MINUTE,
        )
        for member in free
    ]


def _point(member: StaffMember, shift: Shift, situation: Situation) -> Point:
    seen = situation.positions.get(member.id) if shift.starts_at <= situation.now else None
    return seen or situation.stations[member.home_station_id].point


def _proposal(
    diversion: Diversion, shift: Shift, situation: Situation, parameters: StaffingParameters
) -> Proposal:
    """Return what a member is asked for: from the start of the shift on, and to its end at the latest."""
    forecast = situation.forecast
    is_modelled = forecast.is_modelled(diversion.target_id, diversion.skill)
    starts_at = max(situation.now, shift.starts_at)
    stays_until = starts_at + timedelta(minutes=diversion.travel_minutes) + parameters.stay
    return Proposal(
        staff_id=diversion.staff_id,
        origin_id=diversion.origin_id,
        target_id=diversion.target_id,
        skill=diversion.skill,
        cause=AssignmentCause.BROKEN_PROMISE if diversion.saved_minutes else AssignmentCause.WORKLOAD,
        starts_at=shift.starts_at if shift.starts_at > situation.now else None,
        work_ends_at=min(shift.ends_at, stays_until),
        inputs=AssignmentInputs(
            as_of=forecast.as_of,
            source=Source.MODEL if is_modelled else forecast.source,
            origin_work_minutes=forecast.of(diversion.origin_id, diversion.skill),
            target_work_minutes=forecast.of(diversion.target_id, diversion.skill),
            target_queue_length=situation.queues.get(diversion.target_id, 0),
            work_minutes=diversion.work_minutes,
            saved_minutes=diversion.saved_minutes,
            travel_minutes=diversion.travel_minutes,
            fairness_minutes=diversion.fairness_minutes,
            gain_minutes=diversion.gain_minutes,
            model=forecast.model if is_modelled else "",
        ),
    )
