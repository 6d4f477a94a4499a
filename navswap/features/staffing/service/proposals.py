"""Proposals: where the people on shift are needed more, stored with what that rests on."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.features.positions.service import PositionService
from navswap.features.staffing.documents import (
    AssignmentCause,
    RestedOn,
    StaffAssignment,
    StaffMember,
    StrainedStation,
)
from navswap.features.staffing.rules import (
    Diversion,
    Person,
    Post,
    Skill,
    divert,
    shift_end,
)
from navswap.features.staffing.service.keeper import AssignmentKeeper
from navswap.features.staffing.service.ports import WorkForecast, WorkForecaster
from navswap.features.stations.service import Station, StationService, StationState
from navswap.features.traffic.service import TravelTimes
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point
from navswap.kit.ids import new_id

ANSWER_WITHIN = timedelta(minutes=5)
STAY = timedelta(hours=2)
"""How long a diversion lasts at most."""
LEAST_LEFT = timedelta(hours=1)
"""Nobody is sent away in the last hour of a shift."""
FAIRNESS_WINDOW = timedelta(days=7)
DECLINED_WINDOW = timedelta(minutes=30)
POSITION_AGE = timedelta(minutes=15)
LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Situation:
    """The network as one look sees it."""

    now: datetime
    forecast: WorkForecast
    strained: Mapping[str, int]
    stations: Mapping[str, Station]
    shift_ends: Mapping[str, datetime]
    posts: list[Post]
    people: list[Person]


class ProposalService:
    """Decides who should go where, and asks them."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        stations: StationService,
        positions: PositionService,
        travel: TravelTimes,
        keeper: AssignmentKeeper,
        forecaster: WorkForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._positions = positions
        self._travel = travel
        self._keeper = keeper
        self._forecaster = forecaster
        self._lease = Lease(mongo.database, "staff-planner", clock, LEASE)

    async def propose(self) -> list[StaffAssignment]:
        """Propose all diversions that the forecast is worth; of several processes one does."""
        return await self._propose(strained_only=False) if await self._lease.take() else []

    async def relieve(self) -> list[StaffAssignment]:
        """Propose diversions to stations whose queue breaks its promise; of several processes one does."""
        return await self._propose(strained_only=True) if await self._lease.take() else []

    async def _propose(self, *, strained_only: bool) -> list[StaffAssignment]:
        strained = {one.id: one.queue_length async for one in StrainedStation.find_all()}
        if strained_only and not strained:
            return []
        situation = await self._look(strained)
        slow_down = await self._travel.look()
        diversions = await asyncio.to_thread(divert, situation.posts, situation.people, slow_down)
        wanted = [one for one in diversions if one.saved_minutes or not strained_only]
        asked = [await self.ask(_assignment(one, situation)) for one in wanted]
        return [assignment for assignment in asked if assignment is not None]

    async def ask(self, assignment: StaffAssignment) -> StaffAssignment | None:
        """Store a proposal and tell it; None when its person has an active assignment already."""

        async def work(session: Session) -> StaffAssignment:
            await assignment.insert(session=session)
            return await self._keeper.record(assignment, session)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:
            return None

    async def _look(self, strained: Mapping[str, int]) -> _Situation:
        """Read what the decision needs, each kind in one query."""
        now = self._clock.now()
        forecast = await self._forecaster.next_hour(now)
        members = await StaffMember.find_all().to_list()
        ends = {one.id: end for one in members if (end := shift_end(one.hours.to_shift(), now)) is not None}
        on_shift = [one for one in members if one.id in ends]
        active = {one.staff_id: one for one in await StaffAssignment.list_active()}
        ids = {*strained, *(station_id for station_id, _ in forecast.minutes)}
        ids |= {one.home_station_id for one in on_shift}
        stations = await self._stations.list_by_ids(sorted(ids))
        free = [
            one
            for one in on_shift
            if one.id not in active and ends[one.id] >= now + LEAST_LEFT and one.home_station_id in stations
        ]
        free_ids = {one.id for one in free}
        fixed = [
            (active[one.id].target_id if one.id in active else one.home_station_id, one)
            for one in on_shift
            if one.id not in free_ids
        ]
        return _Situation(
            now=now,
            forecast=forecast,
            strained=strained,
            stations=stations,
            shift_ends=ends,
            posts=_posts(stations.values(), forecast, strained, fixed),
            people=await self._people(free, stations, now),
        )

    async def _people(
        self, free: list[StaffMember], stations: Mapping[str, Station], now: datetime
    ) -> list[Person]:
        """Return the free people where they are: by their newest position, else at their station."""
        latest = await self._positions.find_latest([one.id for one in free])
        diverted = await StaffAssignment.count_accepted(now - FAIRNESS_WINDOW)
        declined = await StaffAssignment.list_turned_down(now - DECLINED_WINDOW)

        def place(member: StaffMember) -> Point:
            position = latest.get(member.id)
            if position is not None and position.recorded_at >= now - POSITION_AGE:
                return position.point
            return stations[member.home_station_id].information.point

        return [
            Person(
                staff_id=member.id,
                station_id=member.home_station_id,
                point=place(member),
                skills=frozenset(member.skills),
                recent_diversions=diverted.get(member.id, 0),
                declined=frozenset(declined.get(member.id, ())),
            )
            for member in free
        ]


def _posts(
    stations: Iterable[Station],
    forecast: WorkForecast,
    strained: Mapping[str, int],
    fixed: Iterable[tuple[str, StaffMember]],
) -> list[Post]:
    """Return the stations with their work, their queues, and those who are there anyway or on their way there."""
    present: Counter[tuple[str, Skill]] = Counter()
    for station_id, member in fixed:
        repairs = Skill.REPAIR in member.skills and forecast.of(station_id, Skill.REPAIR) > 0
        present[station_id, Skill.REPAIR if repairs else Skill.SERVICE] += 1
    return [
        Post(
            station_id=station.id,
            point=station.information.point,
            service_minutes=forecast.of(station.id, Skill.SERVICE) if _is_open(station) else 0.0,
            repair_minutes=forecast.of(station.id, Skill.REPAIR),
            queue_length=strained.get(station.id, 0) if _is_open(station) else 0,
            staff=present[station.id, Skill.SERVICE],
            technicians=present[station.id, Skill.REPAIR],
        )
        for station in stations
    ]


def _is_open(station: Station) -> bool:
    return station.status.state is StationState.OPEN


def _assignment(diversion: Diversion, situation: _Situation) -> StaffAssignment:
    """Build the proposal of a diversion."""
    now, forecast = situation.now, situation.forecast
    latest_end = now + timedelta(minutes=diversion.travel_minutes) + STAY
    return StaffAssignment(
        id=new_id(),
        staff_id=diversion.staff_id,
        origin_id=diversion.origin_id,
        target_id=diversion.target_id,
        skill=diversion.skill,
        cause=AssignmentCause.BROKEN_PROMISE if diversion.saved_minutes else AssignmentCause.WORKLOAD,
        proposed_at=now,
        due_at=now + ANSWER_WITHIN,
        until=min(situation.shift_ends[diversion.staff_id], latest_end),
        rested_on=RestedOn(
            as_of=forecast.as_of,
            source=forecast.source,
            origin_work_minutes=forecast.of(diversion.origin_id, diversion.skill),
            target_work_minutes=forecast.of(diversion.target_id, diversion.skill),
            target_queue_length=situation.strained.get(diversion.target_id, 0),
            work_minutes=diversion.work_minutes,
            saved_minutes=diversion.saved_minutes,
            travel_minutes=diversion.travel_minutes,
            fairness_minutes=diversion.fairness_minutes,
            gain_minutes=diversion.gain_minutes,
        ),
    )
