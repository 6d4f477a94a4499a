"""The one way in which an assignment, the order of its person's changes, its fences and the event change together."""

from navswap.events.outbox import publish
from navswap.features.geofences.events import watch_name
from navswap.features.geofences.service import GeofenceService
from navswap.features.staffing.documents import StaffAssignment, StaffMember
from navswap.features.staffing.events import EVENT_OF_STATE, ORIGIN_WATCH, TARGET_WATCH
from navswap.features.stations.service import StationService
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.settings import Settings


class AssignmentKeeper:
    """Tells a change of an assignment within the transaction that made it."""

    def __init__(
        self, settings: Settings, clock: Clock, stations: StationService, geofences: GeofenceService
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._geofences = geofences
        self._fence_metres = settings.fence_metres

    async def record(self, assignment: StaffAssignment, session: Session) -> StaffAssignment:
        """Count the change for the person, publish it, and return the assignment."""
        sequence = await StaffMember.count_change(assignment.staff_id, session)
        event = EVENT_OF_STATE[assignment.state]
        await publish(session, self._clock.now(), event.of(assignment, sequence))
        return assignment

    async def watch(self, assignment: StaffAssignment, session: Session) -> None:
        """Have the departure from the origin and the arrival at the target told until the assignment is due."""
        places = ((ORIGIN_WATCH, assignment.origin_id), (TARGET_WATCH, assignment.target_id))
        for purpose, station_id in places:
            station = await self._stations.get(station_id, session)
            await self._geofences.watch(
                session,
                watch_id=watch_name(purpose, assignment.id),
                subject_id=assignment.staff_id,
                place_id=station_id,
                centre=station.information.point,
                radius_metres=self._fence_metres,
                until=assignment.due_at,
            )

    async def unwatch(self, assignment: StaffAssignment, session: Session) -> None:
        """Stop watching the way of an assignment."""
        for purpose in (ORIGIN_WATCH, TARGET_WATCH):
            await self._geofences.unwatch(session, watch_name(purpose, assignment.id))
