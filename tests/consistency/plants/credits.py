"""Credits out of nowhere, and bonuses that were not paid as told."""

from datetime import timedelta

from navswap.features.credits.storage import AccountDocument, LedgerEntryDocument
from navswap.features.swapping.storage import SwapDocument
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("balances-are-the-sums-of-their-entries", "its entries make 20")
async def _(network: Network) -> None:
    await write(AccountDocument, f"user:{network.rider}", balance=21)


@plant("balances-are-the-sums-of-their-entries", "holds 0 credits of 0 postings")
async def _(network: Network) -> None:
    await AccountDocument.collection().delete_one({"_id": f"user:{network.rider}"})


@plant("balances-are-the-sums-of-their-entries", "of 1")
async def _(network: Network) -> None:
    del network
    await LedgerEntryDocument.collection().delete_one({"amount": 10})


@plant("no-holder-owes", "is below zero")
async def _(network: Network) -> None:
    await write(AccountDocument, f"user:{network.rider}", balance=-1)


@plant("bonuses-are-paid", "that was never paid")
async def _(network: Network) -> None:
    await LedgerEntryDocument.collection().delete_one({"reference": f"swap-bonus:{network.bonus}"})
    network.wait(timedelta(minutes=61))


@plant("bonuses-are-paid", "was paid another bonus")
async def _(network: Network) -> None:
    await write(SwapDocument, network.bonus, bonus_credits=1)


@plant("bonuses-are-paid", "was paid another bonus, or another rider was")
async def _(network: Network) -> None:
    await write(SwapDocument, network.bonus, rider_id=network.rider)


@plant("bonuses-are-paid", "that no swap earned")
async def _(network: Network) -> None:
    await SwapDocument.collection().delete_one({"_id": network.bonus})


@plant("entries-follow-each-other", "as 3, not as")
async def _(network: Network) -> None:
    del network
    await LedgerEntryDocument.collection().update_one({"amount": 10}, {"$set": {"credit.sequence": 3}})


@plant("entries-follow-each-other", "it had 20 then")
async def _(network: Network) -> None:
    await LedgerEntryDocument.collection().update_one(
        {"debit.account": f"user:{network.rider}", "debit.balance": 20}, {"$set": {"debit.balance": 21}}
    )
