"""Proposals: where the staff on shift is needed more, stored with what they were computed from."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.features.positions.service import PositionService
from navswap.features.staffing.domain import lifecycle
from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import Situation, StaffedStation, plan_moves
from navswap.features.staffing.domain.queues import broken_promises
from navswap.features.staffing.domain.values import Proposal, StaffAssignment, StaffMember
from navswap.features.staffing.errors import StaffMemberNotFoundError
from navswap.features.staffing.service.forecasts import WorkForecaster
from navswap.features.staffing.service.steps import AssignmentWriter
from navswap.features.staffing.storage import StaffAssignments, StaffMembers, WaitingRiders
from navswap.features.stations.service import Station, StationReader, is_open_at
from navswap.features.traffic.service import TravelTimes
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point
from navswap.kit.ids import Ids

LEASE = timedelta(seconds=30)


class SituationReader:
    """Reads what a decision about moves needs, each kind in one query."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        positions: PositionService,
        forecaster: WorkForecaster,
        parameters: StaffingParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._positions = positions
        self._forecaster = forecaster
        self._parameters = parameters

    async def read(self, queues: Mapping[str, int]) -> Situation:
        """Return the network as it is now; `queues` are those that break their promise, by station."""
        now = self._clock.now()
        forecast = await self._forecaster.next_hour(now)
        members = await StaffMembers.list_all()
        ids = {*queues, *(station_id for station_id, _ in forecast.minutes)}
        ids |= {member.home_station_id for member in members}
        stations = await self._stations.list_by_ids(sorted(ids))
        active = await StaffAssignments.list_active()
        return Situation(
            now=now,
            forecast=forecast,
            queues=queues,
            stations={station_id: _staffed(station, now) for station_id, station in stations.items()},
            members=members,
            active={assignment.staff_id: assignment for assignment in active},
            positions=await self._recent_positions(members),
            recent_diversions=await StaffAssignments.count_accepted(now - self._parameters.fairness_window),
            declined=await StaffAssignments.list_declined(now - self._parameters.declined_window),
        )

    async def _recent_positions(self, members: Sequence[StaffMember]) -> dict[str, Point]:
        since = self._clock.now() - self._parameters.position_age
        latest = await self._positions.find_latest([member.id for member in members])
        return {
            staff_id: position.point for staff_id, position in latest.items() if position.recorded_at >= since
        }


class ProposalService:
    """Decides who should go where, and asks them."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        situations: SituationReader,
        travel: TravelTimes,
        writer: AssignmentWriter,
        parameters: StaffingParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._situations = situations
        self._travel = travel
        self._writer = writer
        self._parameters = parameters
        self._lease = Lease("staff-planner", LEASE)

    async def propose(self) -> list[StaffAssignment]:
        """Propose all diversions that the forecast is worth; of several processes one does."""
        return await self._propose(only_to_queues=False) if await self._lease.take() else []

    async def relieve(self) -> list[StaffAssignment]:
        """Propose diversions to stations whose queue breaks its promise; of several processes one does."""
        return await self._propose(only_to_queues=True) if await self._lease.take() else []

    async def ask(self, proposal: Proposal) -> StaffAssignment | None:
        """Store a proposal and publish it; None when its member has an active assignment already.

        Raises StaffMemberNotFoundError.
        """

        async def work(session: Session) -> StaffAssignment:
            member = await StaffMembers.find(proposal.staff_id, session)
            if member is None:
                raise StaffMemberNotFoundError("There is no member of staff with this id.")
            assignment_id, now = self._ids.new(), self._clock.now()
            step = lifecycle.propose(assignment_id, proposal, member, now, self._parameters)
            return await self._writer.write(step, session)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:
            return None

    async def _propose(self, *, only_to_queues: bool) -> list[StaffAssignment]:
        queues = broken_promises(await WaitingRiders.queues(), self._parameters.visits)
        if only_to_queues and not queues:
            return []
        situation = await self._situations.read(queues)
        slow_down = await self._travel.look_ahead()
        proposals = await asyncio.to_thread(
            plan_moves, situation, self._parameters, slow_down, only_to_queues=only_to_queues
        )
        asked = [await self.ask(proposal) for proposal in proposals]
        return [assignment for assignment in asked if assignment is not None]


def _staffed(station: Station, now: datetime) -> StaffedStation:
    return StaffedStation(station.id, station.information.point, is_open_at(station, now))
