"""Who may work on tickets, and from where."""

from navswap.auth.principal import Principal
from navswap.auth.roles import OPERATORS, Role
from navswap.features.faults.domain.catalogue import MANUAL, Action
from navswap.features.faults.errors import NotAssignableError
from navswap.features.positions.service import PresenceReader, Whereabouts
from navswap.features.stations.service import StationService
from navswap.features.users.service import UserService
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock

ASSIGNABLE = OPERATORS


class TicketPeople:
    """Knows who can be assigned to tickets, and whether a member of staff is at a station."""

    def __init__(
        self, clock: Clock, users: UserService, stations: StationService, presence: PresenceReader
    ) -> None:
        self._clock = clock
        self._users = users
        self._stations = stations
        self._presence = presence

    async def require_assignable(self, user_id: str) -> None:
        """Raise NotAssignableError unless a user can be assigned to a ticket."""
        assignee = (await self._users.list_by_ids([user_id])).get(user_id)
        if assignee is None or assignee.role not in ASSIGNABLE:
            raise NotAssignableError("Assign the ticket to a user of the role STAFF or ADMIN.")

    async def read(self, by: Principal, action: Action) -> Whereabouts | None:
        """Return where a member of staff is who did by hand what needs a person; None where no proof is needed."""
        if by.role is not Role.STAFF or action not in MANUAL:
            return None
        return await self._presence.read(by.user_id)

    async def require_at(self, station_id: str, who: Whereabouts, session: Session) -> None:
        """Raise NotAtPlaceError unless a member of staff is at a station."""
        information = (await self._stations.get(station_id, session)).information
        who.require_at(information.point, information.name, self._clock.now())
