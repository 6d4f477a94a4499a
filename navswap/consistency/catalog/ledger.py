"""Credits: balances are sums, and only the network owes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from navswap.consistency.invariant import DocumentsObey, Finding, Invariant, View
from navswap.features.credits.domain.accounts import SYSTEM_ACCOUNTS, user_account
from navswap.features.credits.domain.sums import discrepancies
from navswap.features.credits.storage import (
    AccountDocument,
    Accounts,
    LedgerEntries,
    LedgerEntryDocument,
)
from navswap.features.swapping.storage import SwapDocument
from navswap.infra.repository import HISTORY

BONUS = "swap-bonus:"
PAID_WITHIN = timedelta(hours=1)
"""A bonus is paid by a reaction, which waits while Kafka is away; after this time an operator has to look."""


class BalancesAreTheSumsOfTheirEntries(Invariant):
    """Credits come from somewhere and go somewhere."""

    statement = "The balance and the postings of each account are those of its ledger entries."

    async def examine(self, view: View, finding: Finding) -> None:
        """Add all entries up."""
        stored, summed = await Accounts.sums(view.session), await LedgerEntries.sums(view.session)
        finding.examined = len({*stored, *summed})
        for difference in discrepancies(stored, summed):
            finding.offend(
                f"account {difference.account}",
                f"holds {difference.stored.balance} credits of {difference.stored.postings} postings; its entries make "
                f"{difference.summed.balance} of {difference.summed.postings}",
            )


class EntriesFollowEachOther(Invariant):
    """A statement of account can be read from top to bottom."""

    statement = "The entries of each account are numbered without a gap, and each balance is that before it and its amount."

    async def examine(self, view: View, finding: Finding) -> None:
        """Read the sides of all entries, account by account."""
        async for side in view.group(LedgerEntryDocument, *_SIDES_IN_ORDER):
            finding.examined += 1
            account = f"account {side['_id']['account']} part {side['_id']['part']}"
            running = 0
            for number, posting in enumerate(side["postings"], start=1):
                running += posting["amount"]
                if posting["sequence"] != number:
                    finding.offend(
                        account, f"has entry {posting['entry']} as {posting['sequence']}, not as {number}"
                    )
                    break
                if posting["balance"] != running:
                    finding.offend(
                        account,
                        f"says {posting['balance']} after entry {posting['entry']}; it had {running} then",
                    )
                    break


_SIDES_IN_ORDER = (
    {
        "$project": {
            "sides": [
                {"side": "$debit", "amount": {"$multiply": ["$amount", -1]}},
                {"side": "$credit", "amount": "$amount"},
            ]
        }
    },
    {"$unwind": "$sides"},
    {"$sort": {"sides.side.sequence": 1}},
    {
        "$group": {
            "_id": {"account": "$sides.side.account", "part": "$sides.side.part"},
            "postings": {
                "$push": {
                    "entry": "$_id",
                    "sequence": "$sides.side.sequence",
                    "balance": "$sides.side.balance",
                    "amount": "$sides.amount",
                }
            },
        }
    },
)


class NoHolderOwes(DocumentsObey):
    """Only the network's own accounts go below zero."""

    statement = "No user has fewer than 0 credits."
    kind = AccountDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return which accounts owe and may not."""
        del view
        own = "|".join(sorted(SYSTEM_ACCOUNTS))
        return {"is below zero": {"balance": {"$lt": 0}, "_id": {"$not": {"$regex": f"^({own})#"}}}}


class BonusesArePaid(Invariant):
    """A rider who was promised a bonus gets it, once."""

    statement = "Each swap's bonus was paid to its rider as it says, and no bonus was paid for anything else."

    async def examine(self, view: View, finding: Finding) -> None:
        """Match swaps and payments both ways."""
        paid = {
            entry["reference"].removeprefix(BONUS): (entry["amount"], entry["credit"]["account"])
            async for entry in view.read(LedgerEntryDocument, {"reference": {"$regex": f"^{BONUS}"}})
        }
        fields = ["bonus_credits", "rider_id", "completed_at"]
        async for swap in view.read(
            SwapDocument, {"bonus_credits": {"$gt": 0}, HISTORY: {"$ne": True}}, fields
        ):
            finding.examined += 1
            wanted = (swap["bonus_credits"], user_account(swap["rider_id"]))
            found = paid.pop(swap["_id"], None)
            if found is None and swap["completed_at"] < view.now - PAID_WITHIN:
                finding.offend(f"swap {swap['_id']}", f"earned a bonus of {wanted[0]} that was never paid")
            elif found not in {None, wanted}:
                finding.offend(f"swap {swap['_id']}", "was paid another bonus, or another rider was")
        for swap_id in paid:
            finding.offend(f"ledger {BONUS}{swap_id}", "pays a bonus that no swap earned")
