"""What credits do when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.credits.service import CreditService
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session


def reactions(ledger: CreditService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def pay_bonus(envelope: Envelope, session: Session) -> None:
        """Pay what the rider was promised for bringing an empty pack, once for each swap."""
        swap = read_fact(SwapCompleted, envelope.payload).swap
        await ledger.pay_bonus(session, swap.id, swap.rider_id, swap.bonus_credits)

    return {SwapCompleted.type: [pay_bonus]}
