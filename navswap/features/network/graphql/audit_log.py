"""The audit log: what people with power over the network did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import orjson
import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.network.service import AuditLogFilter, NetworkServices
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode, database_id, relay_id
from navswap.graphql.permissions import roles


@strawberry.type(description="A value that a change had before or has after it.")
class AuditedValue:
    """One field of a change."""

    name: str = strawberry.field(description="Name of the field.")
    value: str = strawberry.field(description="The value as JSON.")


@strawberry.type(description="A change that somebody with power over the network made.")
class AuditEntry(LoadedNode):
    """An entry as clients see it."""

    id: relay.NodeID[str]
    actor_id: strawberry.ID = strawberry.field(description="Id of the user who did it.")
    actor_role: Role = strawberry.field(description="Role of that user then.")
    action: str = strawberry.field(description="The mutation by which it was done, such as setStationState.")
    subject_kind: str = strawberry.field(description="Type of what was changed, such as Station.")
    subject_id: strawberry.ID = strawberry.field(description="Id of what was changed.")
    before: list[AuditedValue] = strawberry.field(description="What was there; only what changed.")
    after: list[AuditedValue] = strawberry.field(description="What is there instead.")
    recorded_at: datetime = strawberry.field(description="When (UTC).")
    correlation_id: str = strawberry.field(
        description="Id of the request; the same in every log line and event that it caused."
    )

    @classmethod
    def of(cls, entry: AuditLogEntry) -> Self:
        """Build the view of a stored entry."""
        return cls(
            id=entry.id,
            actor_id=relay_id(User, entry.actor_id),
            actor_role=entry.actor_role,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject_id=strawberry.ID(relay.to_base64(entry.subject_kind, entry.subject_id)),
            before=_values(entry.before),
            after=_values(entry.after),
            recorded_at=entry.recorded_at,
            correlation_id=entry.correlation_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return entries by id; the log is for administrators only."""
        if context.signed_in().role is not Role.ADMIN:
            return {}
        found = await NetworkServices.of(context).audit_log.list_by_ids(ids)
        return {entry_id: cls.of(entry) for entry_id, entry in found.items()}


@strawberry.type(description="A change in a list.")
class AuditEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this change.")
    node: AuditEntry = strawberry.field(description="The change.")


@strawberry.type(description="A page of changes, newest first.")
class AuditConnection:
    """The changes that match, page by page."""

    edges: list[AuditEdge] = strawberry.field(description="The changes of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which changes to list; everything given must hold.")
class AuditFilterInput:
    """Filters as clients give them."""

    actor_id: relay.GlobalID | None = strawberry.field(default=None, description="Only by this user.")
    action: str | None = strawberry.field(default=None, description="Only by this mutation.")
    subject_id: relay.GlobalID | None = strawberry.field(default=None, description="Only of this thing.")

    def to_filter(self) -> AuditLogFilter:
        """Return the filter; raises BadIdError."""
        return AuditLogFilter(
            actor_id=None if self.actor_id is None else database_id(self.actor_id, User),
            action=self.action,
            subject_id=None if self.subject_id is None else self.subject_id.node_id,
        )


@strawberry.type
class AuditLogQuery:
    """The audit log."""

    @strawberry.field(
        description="What people with power over the network did, newest first: who, what, when, before and after. "
        "Nobody can change it.",
        extensions=roles(Role.ADMIN),
    )
    async def audit_log(
        self,
        info: Info,
        filter: Annotated[
            AuditFilterInput | None, strawberry.argument(description="Which changes to list.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last change seen.")
        ] = None,
    ) -> AuditConnection:
        """List changes."""
        size = page_size(first)
        found = await NetworkServices.of(info.context).audit_log.list_page(
            filter.to_filter() if filter else AuditLogFilter(), _id_of(after), size + 1
        )
        edges = [
            AuditEdge(cursor=encode_page_cursor([entry.id]), node=AuditEntry.of(entry))
            for entry in found[:size]
        ]
        return AuditConnection(edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after))


def _values(values: Mapping[str, Any]) -> list[AuditedValue]:
    return [AuditedValue(name=name, value=orjson.dumps(value).decode()) for name, value in values.items()]


def _id_of(after: str | None) -> str | None:
    """Return the id in a cursor; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as entry_id]:
            return entry_id
        case _:
            raise CursorError("This cursor was not handed out by `auditLog`.")
