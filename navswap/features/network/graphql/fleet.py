"""Orders about many packs at the edge."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import Role
from navswap.features.network.service import (
    MOST_PACKS,
    FleetAction,
    FleetRequest,
    NetworkServices,
    PackSelection,
)
from navswap.features.network.service import FleetOrder as OrderValue
from navswap.features.packs.graphql import Pack
from navswap.features.packs.service import Condition
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.inputs import required_text
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import NonNegativeInt, Percent
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.errors import InvalidInputError, inside

describe_enum(
    FleetAction,
    "What is done with packs.",
    {
        "RETIRE": "They are never handed out again, and end where they are.",
        "RECALL": "They are not handed out until released, and are to be carried to a depot.",
        "RELEASE": "Recalled ones are again what they were.",
    },
)


@strawberry.type(description="What was done with the packs that a filter means.")
class FleetOrder:
    """An order as clients see it."""

    action: FleetAction = strawberry.field(description="What was done.")
    is_dry_run: bool = strawberry.field(description="Whether the packs were counted only.")
    matched_packs: NonNegativeInt = strawberry.field(
        description="Packs that the filter meant, and that could be changed so, when the order was given."
    )
    changed_packs: NonNegativeInt = strawberry.field(
        description="Packs that were changed; 0 in a dry run. Less than matchedPacks where there were more than "
        "`limit`, or some were changed otherwise meanwhile: order again with a new key."
    )
    held_packs: NonNegativeInt = strawberry.field(
        description="Those of them that were held for a rider; the holds move to other packs or end with a compensation."
    )
    serial_numbers: strawberry.Private[Sequence[str]]

    @classmethod
    def of(cls, order: OrderValue) -> Self:
        """Build the view of an order."""
        return cls(
            action=order.action,
            is_dry_run=False,
            matched_packs=order.matched_packs,
            changed_packs=len(order.changed),
            held_packs=len(order.held),
            serial_numbers=order.changed,
        )

    @classmethod
    def counted(cls, action: FleetAction, matched_packs: int) -> Self:
        """Build the view of a dry run."""
        return cls(
            action=action,
            is_dry_run=True,
            matched_packs=matched_packs,
            changed_packs=0,
            held_packs=0,
            serial_numbers=(),
        )

    @strawberry.field(description="The changed packs as they are now, at most 500.")
    async def packs(self, info: Info) -> list[Pack]:
        """Load the packs in one query."""
        found = await asyncio.gather(
            *(find_node(info.context, Pack, serial_number) for serial_number in self.serial_numbers)
        )
        return [pack for pack in found if pack is not None]


@strawberry.type
class FleetOrderPayload:
    """What the answers of all orders have in common."""

    order: FleetOrder = strawberry.field(
        description="What was done; with a repeated key, what was done in all."
    )


@strawberry.type(description="The packs are retired, or counted.")
class RetirePacksPayload(FleetOrderPayload):
    """The answer of retirePacks."""


@strawberry.type(description="The packs are recalled, or counted.")
class RecallPacksPayload(FleetOrderPayload):
    """The answer of recallPacks."""


@strawberry.type(description="The packs are released, or counted.")
class ReleasePacksPayload(FleetOrderPayload):
    """The answer of releasePacks."""


_MEMBERS = "What was done, or why nothing was."
RetirePacksResult = Annotated[
    RetirePacksPayload | InvalidInput | Refused[StationNotFoundError] | Refused[IdempotencyConflictError],
    strawberry.union("RetirePacksResult", description=_MEMBERS),
]
RecallPacksResult = Annotated[
    RecallPacksPayload | InvalidInput | Refused[StationNotFoundError] | Refused[IdempotencyConflictError],
    strawberry.union("RecallPacksResult", description=_MEMBERS),
]
ReleasePacksResult = Annotated[
    ReleasePacksPayload | InvalidInput | Refused[StationNotFoundError] | Refused[IdempotencyConflictError],
    strawberry.union("ReleasePacksResult", description=_MEMBERS),
]


@strawberry.input(description="Which packs; everything given must hold, and something must be given.")
class PackFilterInput:
    """A filter as clients give it."""

    serial_numbers: list[str] | None = strawberry.field(
        default=None, description="Only these, 1 to 500; unknown ones are passed over."
    )
    soh_below_percent: Percent | None = strawberry.field(
        default=None, description="Only with a state of health below this; above 0."
    )
    cycles_above: NonNegativeInt | None = strawberry.field(
        default=None, description="Only with more full charge cycles than this."
    )
    station_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only in the slots of this station when the order is given."
    )
    condition: Condition | None = strawberry.field(default=None, description="Only in this condition.")

    def to_selection(self) -> PackSelection:
        """Return the selection; raises InvalidInputError, for an empty list too."""
        if self.serial_numbers == []:
            raise InvalidInputError("serial_numbers", "Name 1 to 500 serial numbers, or leave them out.")
        return PackSelection(
            serial_numbers=tuple(dict.fromkeys(self.serial_numbers or ())),
            soh_below_percent=self.soh_below_percent,
            cycles_above=self.cycles_above,
            station_id=None
            if self.station_id is None
            else database_id(self.station_id, Station, "station_id"),
            condition=self.condition,
        )


@strawberry.input
class FleetOrderInput:
    """What the inputs of all orders have in common."""

    packs: PackFilterInput = strawberry.field(description="Which packs.")
    reason: str = strawberry.field(description="Why, for the audit log and the packs; 1 to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same key again goes on with the same packs and "
        "returns what was done in all. Without meaning in a dry run."
    )
    limit: int = strawberry.field(
        default=MOST_PACKS,
        description="Most packs to change, 1 to 500, the least healthy first.",
    )
    is_dry_run: bool = strawberry.field(default=False, description="Whether to count only.")

    def to_request(self, action: FleetAction) -> FleetRequest:
        """Return the request; raises InvalidInputError."""
        with inside("packs"):
            packs = self.packs.to_selection()
        return FleetRequest(action, packs, required_text("reason", self.reason), self.limit)


@strawberry.input(description="The packs to retire.")
class RetirePacksInput(FleetOrderInput):
    """The input of retirePacks."""


@strawberry.input(description="The packs to recall.")
class RecallPacksInput(FleetOrderInput):
    """The input of recallPacks."""


@strawberry.input(description="The packs to release.")
class ReleasePacksInput(FleetOrderInput):
    """The input of releasePacks."""


@strawberry.type
class FleetMutation:
    """Orders about many packs."""

    @strawberry.mutation(
        description="Retire packs: they are never handed out again, and end where they are. One with a rider stays "
        "there until it comes back in a swap. Nothing undoes it. Recorded in auditLog, pack by pack.",
        extensions=roles(Role.ADMIN),
    )
    async def retire_packs(
        self, info: Info, input: Annotated[RetirePacksInput, strawberry.argument(description="The packs.")]
    ) -> RetirePacksResult:
        """Retire."""
        return RetirePacksPayload(order=await _carry_out(info, input, FleetAction.RETIRE))

    @strawberry.mutation(
        description="Recall packs: they are not handed out until released, and are to be carried to a depot "
        "(collectPacks, handInPacks). One with a rider stays there until it comes back in a swap. Recorded in "
        "auditLog, pack by pack.",
        extensions=roles(Role.ADMIN),
    )
    async def recall_packs(
        self, info: Info, input: Annotated[RecallPacksInput, strawberry.argument(description="The packs.")]
    ) -> RecallPacksResult:
        """Recall."""
        return RecallPacksPayload(order=await _carry_out(info, input, FleetAction.RECALL))

    @strawberry.mutation(
        description="Release recalled packs: they are fit again, or faulty where they were or became so. Recorded "
        "in auditLog, pack by pack.",
        extensions=roles(Role.ADMIN),
    )
    async def release_packs(
        self, info: Info, input: Annotated[ReleasePacksInput, strawberry.argument(description="The packs.")]
    ) -> ReleasePacksResult:
        """Release."""
        return ReleasePacksPayload(order=await _carry_out(info, input, FleetAction.RELEASE))


async def _carry_out(info: Info, input: FleetOrderInput, action: FleetAction) -> FleetOrder:
    service, request = NetworkServices.of(info.context).fleet, input.to_request(action)
    if input.is_dry_run:
        return FleetOrder.counted(action, await service.count(request))
    order = await service.carry_out(request, input.idempotency_key, info.context.signed_in())
    return FleetOrder.of(order)
