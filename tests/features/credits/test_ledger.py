import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.credits.errors import (
    CreditAccountNotFoundError,
    InsufficientCreditsError,
    ReferenceConflictError,
)
from navswap.features.credits.service import CreditsServices, LedgerEntry, SystemAccount, user_account
from navswap.features.credits.storage import Accounts, LedgerEntries
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.positions import a_principal
from tests.factories.users import a_user

ADMIN = a_principal("admin", Role.ADMIN)


async def pay(
    runtime: Runtime,
    reference: str,
    to: str,
    amount: int = 100,
    *,
    origin: str = SystemAccount.REWARDS,
) -> LedgerEntry:
    """Pay as another slice does: within a transaction of its own."""
    return await runtime.mongo.in_transaction(
        lambda session: CreditsServices.of(runtime).credits.pay(session, reference, origin, to, amount, "why")
    )


async def has(runtime: Runtime, user_id: str) -> int:
    return (await CreditsServices.of(runtime).credits.balance(user_id)).balance


async def balances_are_sums(runtime: Runtime) -> int:
    """Assert that every account is the sum of its entries; returns how many entries there are."""
    check = await CreditsServices.of(runtime).credits.check()
    assert check.discrepancies == ()
    assert check.entries == await LedgerEntries.collection().count_documents({})
    return check.entries


async def test_a_posting_moves_credits_and_returns_both_sums(runtime: Runtime) -> None:
    entry = await pay(runtime, "job:1", user_account("rider"), 250)
    assert (entry.debit.balance, entry.credit.balance, entry.amount) == (-250, 250, 250)
    assert await has(runtime, "rider") == 250
    again = await pay(runtime, "job:2", user_account("rider"), 50)
    assert (again.credit.sequence, again.credit.balance) == (2, 300)
    assert await balances_are_sums(runtime) == 2


async def test_a_reference_pays_once_whatever_amount_comes_later(runtime: Runtime) -> None:
    first = await pay(runtime, "job:1", user_account("rider"), 250)
    again = await pay(runtime, "job:1", user_account("rider"), 999)
    assert again == first
    assert await has(runtime, "rider") == 250
    assert await OutboxEvent.find({"envelope.type": "credits.balance.changed"}).count() == 1


async def test_fifty_payments_of_one_reference_at_once_pay_once(runtime: Runtime) -> None:
    entries = await asyncio.gather(*(pay(runtime, "job:1", user_account("rider")) for _ in range(50)))
    assert len({entry.id for entry in entries}) == 1
    assert await has(runtime, "rider") == 100
    assert await balances_are_sums(runtime) == 1


async def test_payments_to_new_accounts_at_once_all_arrive(runtime: Runtime) -> None:
    riders = [new_id() for _ in range(60)]
    await asyncio.gather(*(pay(runtime, f"job:{rider}", user_account(rider), 7) for rider in riders))
    assert [await has(runtime, rider) for rider in riders] == [7] * 60
    rewards = await Accounts.list_where({"_id": {"$regex": "^REWARDS"}})
    assert sum(part.balance for part in rewards) == -420
    assert len(rewards) > 1
    assert await balances_are_sums(runtime) == 60


async def test_twenty_spenders_of_one_balance_never_overdraw_it(runtime: Runtime) -> None:
    await pay(runtime, "job:1", user_account("rider"), 50)

    async def spend(number: int) -> bool:
        try:
            await pay(runtime, f"spend:{number}", SystemAccount.BONUSES, 10, origin=user_account("rider"))
        except InsufficientCreditsError:
            return False
        return True

    spent = await asyncio.gather(*(spend(number) for number in range(20)))
    assert Counter(spent) == {True: 5, False: 15}
    assert await has(runtime, "rider") == 0
    await balances_are_sums(runtime)


async def test_credits_between_two_users_are_published_to_each(runtime: Runtime) -> None:
    await pay(runtime, "job:1", user_account("giver"), 80)
    await pay(runtime, "gift:1", user_account("taker"), 30, origin=user_account("giver"))
    published = await OutboxEvent.find({"envelope.payload.entry.reference": "gift:1"}).to_list()
    changes = {
        event.envelope["key"]: (event.envelope["payload"]["change"], event.envelope["payload"]["balance"])
        for event in published
    }
    assert changes == {"giver": (-30, 50), "taker": (30, 30)}
    assert {event.streams[0]["name"]: event.streams[0]["sequence"] for event in published} == {
        "credits:giver": 2,
        "credits:taker": 1,
    }


async def test_a_payment_is_undone_with_the_transaction_that_made_it(runtime: Runtime) -> None:
    async def pay_and_fail(session: object) -> None:
        await CreditsServices.of(runtime).credits.pay(
            session,  # type: ignore[arg-type]  # it is the session of in_transaction
            "job:1",
            SystemAccount.REWARDS,
            user_account("rider"),
            100,
            "why",
        )
        raise LookupError

    with pytest.raises(LookupError):
        await runtime.mongo.in_transaction(pay_and_fail)
    for nothing in (LedgerEntries, Accounts):
        assert await nothing.collection().count_documents({}) == 0
    assert await OutboxEvent.count() == 0


async def test_a_refusal_moves_nothing(runtime: Runtime) -> None:
    with pytest.raises(InvalidInputError):
        await pay(runtime, "job:1", user_account("rider"), 0)
    with pytest.raises(InsufficientCreditsError):
        await pay(runtime, "job:1", SystemAccount.REWARDS, 1, origin=user_account("poor"))
    await pay(runtime, "job:1", user_account("rider"))
    with pytest.raises(ReferenceConflictError):
        await pay(runtime, "job:1", user_account("another"))
    assert await balances_are_sums(runtime) == 1


async def test_one_reference_for_two_accounts_at_once_pays_one_of_them(runtime: Runtime) -> None:
    attempts = await asyncio.gather(
        *(
            pay(runtime, "job:1", user_account(name), origin=origin)
            for name, origin in (
                ("a", SystemAccount.REWARDS),
                ("b", SystemAccount.BONUSES),
                ("c", SystemAccount.STORAGE),
            )
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, LedgerEntry) for one in attempts) == 1
    assert sum(isinstance(one, ReferenceConflictError) for one in attempts) == 2
    assert await balances_are_sums(runtime) == 1


async def test_an_adjustment_gives_takes_and_happens_once(runtime: Runtime) -> None:
    ledger, rider = CreditsServices.of(runtime).credits, await a_user()
    first = await ledger.adjust(rider.id, 70, "Goodwill", "key-1", ADMIN)
    assert await ledger.adjust(rider.id, 70, "Goodwill", "key-1", ADMIN) == first
    await ledger.adjust(rider.id, -20, "Goodwill was too good", "key-2", ADMIN)
    assert await has(runtime, rider.id) == 50
    with pytest.raises(InsufficientCreditsError):
        await ledger.adjust(rider.id, -51, "More than there is", "key-3", ADMIN)
    with pytest.raises(IdempotencyConflictError):
        await ledger.adjust(rider.id, 71, "Another amount", "key-1", ADMIN)
    with pytest.raises(CreditAccountNotFoundError):
        await ledger.adjust(new_id(), 1, "Nobody", "key-4", ADMIN)
    recorded = await AuditLogEntry.find_all().sort("_id").to_list()
    assert {(record.action, record.actor_id, record.subject_id) for record in recorded} == {
        ("adjustCredits", "admin", rider.id)
    }
    assert [(record.before["balance"], record.after["balance"]) for record in recorded] == [(0, 70), (70, 50)]
    assert (recorded[0].after["reason"], recorded[0].after["entry_id"]) == ("Goodwill", first.id)
    await balances_are_sums(runtime)


async def test_an_adjustment_sent_several_times_at_once_is_recorded_once(runtime: Runtime) -> None:
    ledger, rider = CreditsServices.of(runtime).credits, await a_user()
    entries = await asyncio.gather(
        *(ledger.adjust(rider.id, 70, "Goodwill", "key-1", ADMIN) for _ in range(5))
    )
    assert len({one.id for one in entries}) == await AuditLogEntry.count() == 1
    assert await has(runtime, rider.id) == 70


ACCOUNTS = st.sampled_from([SystemAccount.REWARDS, SystemAccount.STORAGE, "user:a", "user:b", "user:c"])
ATTEMPTS = st.lists(st.tuples(st.integers(0, 9), ACCOUNTS, ACCOUNTS, st.integers(-1, 60)), max_size=25)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example reads and writes the real database, so it counts with what those before it left
@given(attempts=ATTEMPTS)
async def test_any_interleaving_of_payments_and_retries_keeps_balances_equal_to_sums(
    runtime: Runtime, attempts: list[tuple[int, str, str, int]]
) -> None:
    async def attempt(number: int, origin: str, target: str, amount: int) -> None:
        for _ in range(2):
            try:
                await pay(runtime, f"cause:{number}", target, amount, origin=origin)
            except (InvalidInputError, InsufficientCreditsError, ReferenceConflictError):
                return

    await asyncio.gather(*(attempt(*one) for one in attempts))
    await balances_are_sums(runtime)
    for account in await Accounts.list_where({"_id": {"$regex": "^user:"}}):
        assert account.balance >= 0


@pytest.mark.parametrize(
    "corrupt",
    [
        lambda: Accounts.collection().update_one({"_id": "user:rider"}, {"$inc": {"balance": 1}}),
        lambda: Accounts.collection().delete_one({"_id": "user:rider"}),
        lambda: LedgerEntries.collection().update_one({"reference": "job:1"}, {"$set": {"amount": 9}}),
        lambda: LedgerEntries.collection().delete_one({"reference": "job:1"}),
    ],
    ids=["balance", "account", "amount", "entry"],
)
async def test_the_check_finds_a_planted_corruption(runtime: Runtime, corrupt: object) -> None:
    await pay(runtime, "job:1", user_account("rider"))
    await pay(runtime, "job:2", user_account("other"))
    await corrupt()  # type: ignore[operator]  # one of the lambdas above
    check = await CreditsServices.of(runtime).credits.check()
    assert "user:rider" in {found.account for found in check.discrepancies}
    assert "user:other" not in {found.account for found in check.discrepancies}
