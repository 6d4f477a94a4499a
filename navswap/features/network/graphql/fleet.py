"""Orders about many packs at the edge."""

from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.network import errors
from navswap.features.network.service import MOST_PACKS, FleetRequest, NetworkServices
from navswap.features.network.service import FleetOrder as OrderDocument
from navswap.features.packs.service import Condition, PackAction, PackFilter
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.inputs import required_text
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refusal, Refused, refusal
from navswap.infra.idempotency import IdempotencyConflictError, checked_key

describe_enum(
    PackAction,
    "What is done with packs.",
    {
        "RETIRE": "They are never handed out again, and end where they are.",
        "RECALL": "They are not handed out until released, and are to be carried to a depot.",
        "RELEASE": "Recalled ones are again what they were.",
    },
    name="FleetDeed",
)


@refusal(errors.BadPackFilterError)
class BadPackFilter(Refusal):
    """The filter cannot be used."""


@strawberry.type(description="What was done with packs by a filter.")
class FleetOrder:
    """An order as clients see it."""

    deed: PackAction = strawberry.field(description="What was done.")
    dry_run: bool = strawberry.field(description="Whether the packs were counted only.")
    matched_packs: int = strawberry.field(
        description="Packs that the filter meant, and that could be changed so, when the order was given; at least 0."
    )
    changed_packs: int = strawberry.field(
        description="Packs that were changed, at least 0; 0 in a dry run. Less than matchedPacks where there were more than "
        "`limit`, or some were changed otherwise meanwhile: order again with a new key."
    )
    held_packs: int = strawberry.field(
        description="Those of them that were held for a rider, at least 0; the holds move to other packs or end with a "
        "compensation."
    )
    serial_numbers: list[str] = strawberry.field(
        description="Serial numbers of the changed packs, at most 500."
    )

    @classmethod
    def of(cls, order: OrderDocument) -> Self:
        """Build the view of a stored order."""
        return cls(
            deed=order.deed,
            dry_run=False,
            matched_packs=order.matched_packs,
            changed_packs=len(order.changed),
            held_packs=len(order.held),
            serial_numbers=order.changed,
        )

    @classmethod
    def counted(cls, deed: PackAction, matched_packs: int) -> Self:
        """Build the view of a dry run."""
        return cls(
            deed=deed,
            dry_run=True,
            matched_packs=matched_packs,
            changed_packs=0,
            held_packs=0,
            serial_numbers=[],
        )


_MEMBERS = "What was done, or why nothing was."
RetirePacksResult = Annotated[
    FleetOrder | BadPackFilter | StationNotFound | InvalidInput | Refused[IdempotencyConflictError] | BadId,
    strawberry.union("RetirePacksResult", description=_MEMBERS),
]
RecallPacksResult = Annotated[
    FleetOrder | BadPackFilter | StationNotFound | InvalidInput | Refused[IdempotencyConflictError] | BadId,
    strawberry.union("RecallPacksResult", description=_MEMBERS),
]
ReleasePacksResult = Annotated[
    FleetOrder | BadPackFilter | StationNotFound | InvalidInput | Refused[IdempotencyConflictError] | BadId,
    strawberry.union("ReleasePacksResult", description=_MEMBERS),
]


@strawberry.input(description="Which packs; everything given must hold, and something must be given.")
class PackFilterInput:
    """A filter as clients give it."""

    serial_numbers: list[str] | None = strawberry.field(
        default=None, description="Only these, 1 to 500; unknown ones are passed over."
    )
    soh_below_percent: float | None = strawberry.field(
        default=None, description="Only with a state of health below this, above 0 and at most 100 %."
    )
    cycles_above: int | None = strawberry.field(
        default=None, description="Only with more full charge cycles than this; at least 0."
    )
    station_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Only in the slots of this station when the order is given."
    )
    condition: Condition | None = strawberry.field(default=None, description="Only in this condition.")

    def to_filter(self) -> PackFilter:
        """Return the filter; raises BadIdError, BadPackFilterError for an empty list."""
        if self.serial_numbers == []:
            raise errors.BadPackFilterError("Name 1 to 500 serial numbers, or leave them out.")
        return PackFilter(
            serial_numbers=tuple(dict.fromkeys(self.serial_numbers or ())),
            soh_below_percent=self.soh_below_percent,
            cycles_above=self.cycles_above,
            station_id=None if self.station_id is None else database_id(self.station_id, Station),
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
    dry_run: bool = strawberry.field(default=False, description="Whether to count only.")

    def to_request(self, deed: PackAction) -> FleetRequest:
        """Return the request; raises BadIdError, BadPackFilterError, InvalidInputError."""
        return FleetRequest(
            deed=deed,
            packs=self.packs.to_filter(),
            reason=required_text("reason", self.reason),
            limit=self.limit,
            idempotency_key=checked_key(self.idempotency_key),
        )


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
        return await _carry_out(info, input.to_request(PackAction.RETIRE), dry_run=input.dry_run)

    @strawberry.mutation(
        description="Recall packs: they are not handed out until released, and are to be carried to a depot "
        "(collectPacks, handInPacks). One with a rider stays there until it comes back in a swap. Written down in "
        "auditLog, pack by pack.",
        extensions=roles(Role.ADMIN),
    )
    async def recall_packs(
        self, info: Info, input: Annotated[RecallPacksInput, strawberry.argument(description="The packs.")]
    ) -> RecallPacksResult:
        """Recall."""
        return await _carry_out(info, input.to_request(PackAction.RECALL), dry_run=input.dry_run)

    @strawberry.mutation(
        description="Release recalled packs: they are fit again, or faulty where they were or became so. Written down "
        "in auditLog, pack by pack.",
        extensions=roles(Role.ADMIN),
    )
    async def release_packs(
        self, info: Info, input: Annotated[ReleasePacksInput, strawberry.argument(description="The packs.")]
    ) -> ReleasePacksResult:
        """Release."""
        return await _carry_out(info, input.to_request(PackAction.RELEASE), dry_run=input.dry_run)


async def _carry_out(info: Info, request: FleetRequest, *, dry_run: bool) -> FleetOrder:
    service = NetworkServices.of(info.context).fleet
    if dry_run:
        return FleetOrder.counted(request.deed, await service.count(request))
    return FleetOrder.of(await service.carry_out(request, info.context.signed_in()))
