"""What credits do when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.features.credits.service import CreditService, SystemAccount, user_account
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session


def reactions(ledger: CreditService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def pay_bonus(envelope: Envelope, session: Session) -> None:
        """Pay what the rider was promised for bringing an empty pack, once for each swap."""
        swap = SwapCompleted.model_validate(envelope.payload)
        if swap.bonus_credits:
            await ledger.pay(
                session,
                f"swap-bonus:{swap.swap_id}",
                SystemAccount.BONUSES,
                user_account(swap.rider_id),
                swap.bonus_credits,
                "An empty pack brought where it was needed",
            )

    return {SwapCompleted.type: [pay_bonus]}
