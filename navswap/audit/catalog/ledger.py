"""Credits: balances are sums, and nobody but the network owes."""

from collections.abc import Mapping
from typing import Any

from navswap.audit.invariant import DocumentsObey, Finding, Invariant, View
from navswap.features.credits.documents import CreditAccount, LedgerEntry
from navswap.features.credits.rules import SYSTEM_ACCOUNTS, discrepancies


class BalancesAreTheSumsOfTheirEntries(Invariant):
    """Credits come from somewhere and go somewhere."""

    statement = "The balance and the postings of each account are those of its ledger entries."

    async def examine(self, view: View, finding: Finding) -> None:
        """Add all entries up."""
        stored, summed = await CreditAccount.sums(view.session), await LedgerEntry.sums(view.session)
        finding.examined = len({*stored, *summed})
        for one in discrepancies(stored, summed):
            finding.offend(
                f"account {one.account}",
                f"holds {one.stored.balance} credits of {one.stored.postings} postings; its entries make "
                f"{one.summed.balance} of {one.summed.postings}",
            )


class NobodyOwes(DocumentsObey):
    """Only the network's own accounts go below zero."""

    statement = "No user has fewer than 0 credits."
    kind = CreditAccount

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Tell which accounts owe and may not."""
        del view
        own = "|".join(sorted(SYSTEM_ACCOUNTS))
        return {"is below zero": {"balance": {"$lt": 0}, "_id": {"$not": {"$regex": f"^({own})#"}}}}
