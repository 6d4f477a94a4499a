"""Stores a step of an assignment with all that follows from it, within the transaction that decided it."""

from navswap.events.outbox import Outbox
from navswap.features.geofences.events import watch_name
from navswap.features.geofences.service import GeofenceService
from navswap.features.staffing.domain.lifecycle import AssignmentStep
from navswap.features.staffing.domain.values import StaffAssignment
from navswap.features.staffing.events import ORIGIN_WATCH, TARGET_WATCH
from navswap.features.staffing.storage import StaffAssignments, StaffMembers
from navswap.features.stations.service import StationReader
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


class AssignmentWriter:
    """Writes the assignment and its member, begins or ends the watches of the way, and publishes."""

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        stations: StationReader,
        geofences: GeofenceService,
        fence_metres: float,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._stations = stations
        self._geofences = geofences
        self._fence_metres = fence_metres

    async def write(self, step: AssignmentStep, session: Session) -> StaffAssignment:
        """Write a step and return the assignment as it is now.

        Raises StaleValueError, StationNotFoundError, and DuplicateKeyError for a member with an active assignment.
        """
        before = step.assignment.before
        await StaffMembers.apply(step.member, session)
        assignment = await StaffAssignments.apply(step.assignment, session)
        was_on_the_way = before is not None and before.is_on_the_way
        if assignment.is_on_the_way and not was_on_the_way:
            await self._watch(assignment, session)
        if was_on_the_way and not assignment.is_on_the_way:
            await self._unwatch(assignment, session)
        await self._outbox.publish(session, self._clock.now(), *step.assignment.facts)
        return assignment

    async def _watch(self, assignment: StaffAssignment, session: Session) -> None:
        """Have the departure from the origin and the arrival at the target published until the assignment is due."""
        places = ((ORIGIN_WATCH, assignment.origin_id), (TARGET_WATCH, assignment.target_id))
        for purpose, station_id in places:
            station = await self._stations.get(station_id)
            await self._geofences.watch(
                session,
                watch_id=watch_name(purpose, assignment.id),
                subject_id=assignment.staff_id,
                place_id=station_id,
                centre=station.information.point,
                radius_metres=self._fence_metres,
                until=assignment.due_at,
            )

    async def _unwatch(self, assignment: StaffAssignment, session: Session) -> None:
        """Stop watching the way of an assignment."""
        for purpose in (ORIGIN_WATCH, TARGET_WATCH):
            await self._geofences.unwatch(session, watch_name(purpose, assignment.id))
