"""From the network as it is to the moves that members of staff are asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.staffing.domain.diversion import Diversion, Person, Post, divert
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.shifts import shift_end
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


@dataclass(frozen=True, slots=True)
class WorkForecast:
    """Minutes of work of the next hour, by station and skill; what is left out is none."""

    minutes: Mapping[tuple[str, Skill], float]
    source: Source
    as_of: datetime

    def of(self, station_id: str, skill: Skill) -> float:
        """Return the minutes of one kind of work at a station."""
        return self.minutes.get((station_id, skill), 0.0)


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
    """Return the moves that make the most of the staff on shift; some only, where queues are to be relieved."""
    ends = shift_ends(situation.members, situation.now)
    free = [member for member in situation.members if _is_free(member, ends, situation, parameters)]
    diversions = divert(_posts(situation, ends, free), _people(situation, free), parameters, slow_down)
    return [
        _proposal(diversion, ends[diversion.staff_id], situation, parameters)
        for diversion in diversions
        if diversion.saved_minutes or not only_to_queues
    ]


def shift_ends(members: Sequence[StaffMember], now: datetime) -> dict[str, datetime]:
    """Return when the shifts that are on end, by member."""
    ends = {member.id: shift_end(member.hours, now) for member in members}
    return {staff_id: end for staff_id, end in ends.items() if end is not None}


def _is_free(
    member: StaffMember, ends: Mapping[str, datetime], situation: Situation, parameters: StaffingParameters
) -> bool:
    """Return whether a member may be asked: on shift for long enough, at a known station, and not asked already."""
    return (
        member.id in ends
        and ends[member.id] >= situation.now + parameters.least_left
        and member.id not in situation.active
        and member.home_station_id in situation.stations
    )


def _posts(situation: Situation, ends: Mapping[str, datetime], free: Sequence[StaffMember]) -> list[Post]:
    """Return the stations with their work, their queues, and those who are there anyway or on their way there."""
    forecast, free_ids = situation.forecast, {member.id for member in free}
    present: Counter[tuple[str, Skill]] = Counter()
    for member in situation.members:
        if member.id not in ends or member.id in free_ids:
            continue
        assignment = situation.active.get(member.id)
        station_id = member.home_station_id if assignment is None else assignment.target_id
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


def _people(situation: Situation, free: Sequence[StaffMember]) -> list[Person]:
    """Return the free members where they are: by their newest position, else at their station."""
    return [
        Person(
            staff_id=member.id,
            station_id=member.home_station_id,
            point=situation.positions.get(member.id) or situation.stations[member.home_station_id].point,
            skills=frozenset(member.skills),
            recent_diversions=situation.recent_diversions.get(member.id, 0),
            declined=situation.declined.get(member.id, frozenset()),
        )
        for member in free
    ]


def _proposal(
    diversion: Diversion, shift_ends_at: datetime, situation: Situation, parameters: StaffingParameters
) -> Proposal:
    """Return what a member is asked for: to the end of the shift at the latest."""
    forecast = situation.forecast
    stays_until = situation.now + timedelta(minutes=diversion.travel_minutes) + parameters.stay
    return Proposal(
        staff_id=diversion.staff_id,
        origin_id=diversion.origin_id,
        target_id=diversion.target_id,
        skill=diversion.skill,
        cause=AssignmentCause.BROKEN_PROMISE if diversion.saved_minutes else AssignmentCause.WORKLOAD,
        work_ends_at=min(shift_ends_at, stays_until),
        inputs=AssignmentInputs(
            as_of=forecast.as_of,
            source=forecast.source,
            origin_work_minutes=forecast.of(diversion.origin_id, diversion.skill),
            target_work_minutes=forecast.of(diversion.target_id, diversion.skill),
            target_queue_length=situation.queues.get(diversion.target_id, 0),
            work_minutes=diversion.work_minutes,
            saved_minutes=diversion.saved_minutes,
            travel_minutes=diversion.travel_minutes,
            fairness_minutes=diversion.fairness_minutes,
            gain_minutes=diversion.gain_minutes,
        ),
    )
