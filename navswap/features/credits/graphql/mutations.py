"""Mutations of the credits slice."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.credits import errors
from navswap.features.credits.graphql.types import CreditEntry
from navswap.features.credits.service import CreditsServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.infra.idempotency import MAX_KEY_CHARACTERS, IdempotencyConflictError
from navswap.kit.errors import InvalidInputError


@strawberry.input(description="What a user is given, or what is taken.")
class AdjustCreditsInput:
    """The input of adjustCredits."""

    user_id: strawberry.ID = strawberry.field(description="Id of the user.")
    credits: int = strawberry.field(
        description="Credits to give, below 0 to take; -10,000,000 to 10,000,000 and not 0."
    )
    reason: str = strawberry.field(description="Why, for the readers of the ledger; 1 to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new adjustment: a retry with the same key "
        "returns the first answer."
    )

    def to_key(self) -> str:
        """Return the idempotency key; raises InvalidInputError."""
        if not 1 <= len(self.idempotency_key) <= MAX_KEY_CHARACTERS:
            raise InvalidInputError(
                "idempotency_key", f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters."
            )
        return self.idempotency_key


@strawberry.type(description="The balance is adjusted.")
class AdjustCreditsPayload:
    """The answer of adjustCredits."""

    entry: CreditEntry = strawberry.field(description="The entry that did it; the first one on a retry.")


AdjustCreditsResult = Annotated[
    AdjustCreditsPayload
    | InvalidInput
    | Refused[errors.InsufficientCreditsError]
    | Refused[IdempotencyConflictError]
    | Refused[errors.CreditAccountNotFoundError],
    strawberry.union("AdjustCreditsResult", description="The entry, or why the balance stays."),
]


@strawberry.type
class CreditsMutation:
    """Mutations of the credits slice."""

    @strawberry.mutation(
        description="Give a user credits, or take them. The ledger keeps the reason; nothing is ever changed in it.",
        extensions=roles(Role.ADMIN),
    )
    async def adjust_credits(
        self,
        info: Info,
        input: Annotated[AdjustCreditsInput, strawberry.argument(description="The adjustment.")],
    ) -> AdjustCreditsResult:
        """Adjust a balance."""
        entry = await CreditsServices.of(info.context).credits.adjust(
            database_id(input.user_id, User, "user_id"),
            input.credits,
            input.reason,
            input.to_key(),
            info.context.signed_in(),
        )
        return AdjustCreditsPayload(entry=CreditEntry.of(entry))
