"""Mutations of the credits slice, and their refusals."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.credits import errors
from navswap.features.credits.graphql.types import CreditEntry
from navswap.features.credits.service import CreditService
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import Refusal, refusal

MAX_KEY_CHARACTERS = 100


@refusal(errors.BadPostingError)
class BadPosting(Refusal):
    """The posting is impossible."""


@refusal(errors.InsufficientCreditsError)
class InsufficientCredits(Refusal):
    """There are too few credits."""


@refusal(errors.ReferenceConflictError)
class ReferenceConflict(Refusal):
    """The reference stands for another posting."""


@refusal(errors.CreditAccountNotFoundError)
class CreditAccountNotFound(Refusal):
    """There is no such account."""


@strawberry.input(description="What a user is given, or what is taken.")
class AdjustCreditsInput:
    """The input of adjustCredits."""

    user_id: relay.GlobalID = strawberry.field(description="Id of the user.")
    credits: int = strawberry.field(
        description="Credits to give, below 0 to take; -10,000,000 to 10,000,000 and not 0."
    )
    reason: str = strawberry.field(description="Why, for whoever reads the ledger; 1 to 200 characters.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new adjustment: a retry with the same key "
        "returns the first answer."
    )

    def to_reference(self, principal: Principal) -> str:
        """Return the reference of the adjustment; raises BadPostingError."""
        if not 1 <= len(self.idempotency_key) <= MAX_KEY_CHARACTERS:
            raise errors.BadPostingError(f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters.")
        return f"adjustment:{principal.user_id}:{self.idempotency_key}"


AdjustCreditsResult = Annotated[
    CreditEntry | BadPosting | InsufficientCredits | ReferenceConflict | CreditAccountNotFound | BadId,
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
        entry = await info.context.service(CreditService).adjust(
            database_id(input.user_id, User),
            input.credits,
            input.reason,
            input.to_reference(info.context.signed_in()),
            info.context.signed_in(),
        )
        return CreditEntry.of(entry)
