"""The audit log: what administrators and staff changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import orjson
import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry, AuditLogFilter
from navswap.features.network.service import NetworkServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode, database_id, find_node, find_node_named, parsed_id
from navswap.graphql.pages import After, Connection, First, Ordering, newest_first, paged
from navswap.graphql.permissions import roles

ENTRIES: Ordering[AuditLogEntry, str] = newest_first("auditLog")


@strawberry.type(description="A value that a change had before or has after it.")
class AuditedValue:
    """One field of a change."""

    name: str = strawberry.field(description="Name of the field.")
    value: str = strawberry.field(description="The value as JSON.")


@strawberry.type(description="A change that an administrator or a member of staff made.")
class AuditEntry(LoadedNode):
    """An entry as clients see it."""

    id: relay.NodeID[str]
    actor_role: Role = strawberry.field(description="Role that the user who did it had then.")
    action: str = strawberry.field(description="The mutation by which it was done, such as setStationState.")
    subject_kind: str = strawberry.field(description="Type of what was changed, such as Station.")
    before: list[AuditedValue] = strawberry.field(description="What was there; only what changed.")
    after: list[AuditedValue] = strawberry.field(description="What is there instead.")
    recorded_at: datetime = strawberry.field(description="When it was changed (UTC).")
    correlation_id: str = strawberry.field(
        description="Id of the request; the same in every log line and event that it caused."
    )
    actor_key: strawberry.Private[str]
    subject_key: strawberry.Private[str]

    @classmethod
    def of(cls, entry: AuditLogEntry) -> Self:
        """Build the view of a stored entry."""
        return cls(
            id=entry.id,
            actor_role=entry.actor_role,
            action=entry.action,
            subject_kind=entry.subject_kind,
            before=_values(entry.before),
            after=_values(entry.after),
            recorded_at=entry.recorded_at,
            correlation_id=entry.correlation_id,
            actor_key=entry.actor_id,
            subject_key=entry.subject_id,
        )

    @strawberry.field(description="The user who did it; null where the account is gone.")
    async def actor(self, info: Info) -> User | None:
        """Load the user with those of the other entries."""
        return await find_node(info.context, User, self.actor_key)

    @strawberry.field(description="What was changed; null where it is gone, or its kind has no node.")
    async def subject(self, info: Info) -> relay.Node | None:
        """Load what was changed with that of the other entries."""
        return await find_node_named(info, self.subject_kind, self.subject_key)

    @strawberry.field(description="Id of what was changed, also where it is gone.")
    def subject_id(self) -> strawberry.ID:
        """Return the global id of the subject."""
        return strawberry.ID(relay.to_base64(self.subject_kind, self.subject_key))

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return entries by id; the log is for administrators only."""
        if context.signed_in().role is not Role.ADMIN:
            return {}
        found = await NetworkServices.of(context).audit_log.list_by_ids(ids)
        return {entry_id: cls.of(entry) for entry_id, entry in found.items()}


@strawberry.input(description="Which changes to list; everything given must hold.")
class AuditFilterInput:
    """Filters as clients give them."""

    actor_id: strawberry.ID | None = strawberry.field(default=None, description="Only by this user.")
    action: str | None = strawberry.field(default=None, description="Only by this mutation.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this thing.")

    def to_filter(self) -> AuditLogFilter:
        """Return the filter; raises InvalidInputError."""
        return AuditLogFilter(
            actor_id=None if self.actor_id is None else database_id(self.actor_id, User, "filter.actor_id"),
            action=self.action,
            subject_id=None
            if self.subject_id is None
            else parsed_id(self.subject_id, "filter.subject_id").node_id,
        )


@strawberry.type
class AuditLogQuery:
    """The audit log."""

    @strawberry.field(
        description="What administrators and staff changed, newest first: who, what, when, before and after. "
        "The log itself is never changed.",
        extensions=roles(Role.ADMIN),
    )
    async def audit_log(
        self,
        info: Info,
        filter: Annotated[
            AuditFilterInput | None, strawberry.argument(description="Which changes to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[AuditEntry] | None:
        """List changes."""
        wanted = filter.to_filter() if filter else AuditLogFilter()
        reader = NetworkServices.of(info.context).audit_log
        return await paged(
            ENTRIES,
            first,
            after,
            lambda last_id, limit: reader.list_page(wanted, last_id, limit),
            AuditEntry.of,
        )


def _values(values: Mapping[str, Any]) -> list[AuditedValue]:
    return [AuditedValue(name=name, value=orjson.dumps(value).decode()) for name, value in values.items()]
