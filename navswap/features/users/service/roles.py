"""The role of a user, which an administrator may change."""

from dataclasses import replace

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.users.domain import sessions
from navswap.features.users.domain.values import User
from navswap.features.users.errors import OwnRoleError, UserNotFoundError
from navswap.features.users.events import SessionEnd
from navswap.features.users.storage import Sessions, Users
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition
from navswap.kit.roles import Role


class RoleService:
    """Changes roles."""

    def __init__(self, mongo: Mongo, clock: Clock, outbox: Outbox, audit_log: AuditLog) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._audit_log = audit_log

    async def change(self, user_id: str, role: Role, by: Principal) -> User:
        """Give a user another role, and end its sessions, whose tokens name the present one; the same changes nothing.

        Raises UserNotFoundError, and OwnRoleError so that a network never loses its last administrator.
        """
        if user_id == by.user_id:
            raise OwnRoleError("An administrator's own role is changed by another administrator.")

        async def work(session: Session) -> User:
            user = await Users.find(user_id, session)
            if user is None:
                raise UserNotFoundError(f"There is no user {user_id}.")
            if user.role is role:
                return user
            now = self._clock.now()
            changed = replace(user, role=role, revision=user.revision + 1)
            await Users.apply(Transition(user, changed), session)
            for open_session in await Sessions.list_open_of_user(user.id, session):
                ended = sessions.end(open_session, SessionEnd.ROLE_CHANGED, now)
                await Sessions.apply(ended, session)
                await self._outbox.publish(session, now, *ended.facts)
            before, after = {"role": user.role}, {"role": role}
            await self._audit_log.record(
                session, now, by, "changeUserRole", ("User", user.id), before=before, after=after
            )
            return changed

        return await self._mongo.in_transaction(work)
