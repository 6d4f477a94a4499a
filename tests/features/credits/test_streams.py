"""What a client that watches a balance holds is what a fresh snapshot has, around everything that changes a balance."""

from navswap.auth.roles import Role
from navswap.features.credits.domain.accounts import SystemAccount, user_account
from navswap.features.credits.events import BalanceChanged
from navswap.features.credits.service import CreditsServices, LedgerEntry
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.support.streams import merge, types_of, verify_stream

BOSS = a_principal("boss", Role.ADMIN)


async def post(runtime: Runtime, debit: str, credit: str, amount: int = 7) -> LedgerEntry:
    async def work(session: Session) -> LedgerEntry:
        return await CreditsServices.of(runtime).credits.pay(session, new_id(), debit, credit, amount, "why")

    return await runtime.mongo.in_transaction(work)


async def is_paid(runtime: Runtime, user_id: str) -> None:
    await post(runtime, SystemAccount.REWARDS, user_account(user_id))


async def pays(runtime: Runtime, user_id: str) -> None:
    await post(runtime, user_account(user_id), SystemAccount.STORAGE)


async def pays_another_user(runtime: Runtime, user_id: str) -> None:
    await post(runtime, user_account(user_id), user_account((await a_user()).id))


async def earns_a_bonus(runtime: Runtime, user_id: str) -> None:
    async def work(session: Session) -> None:
        await CreditsServices.of(runtime).credits.pay_bonus(session, new_id(), user_id, 15)

    await runtime.mongo.in_transaction(work)


async def is_given_some(runtime: Runtime, user_id: str) -> None:
    await CreditsServices.of(runtime).credits.adjust(user_id, 40, "a gift", new_id(), BOSS)


async def loses_some(runtime: Runtime, user_id: str) -> None:
    await CreditsServices.of(runtime).credits.adjust(user_id, -3, "a mistake", new_id(), BOSS)


ACTS = [is_paid, pays, is_paid, pays_another_user, earns_a_bonus, is_given_some, loses_some]


async def test_a_balance_is_followed_from_its_first_entry_through_each_kind(runtime: Runtime) -> None:
    user = await a_user(Role.TRANSPORTER)
    for act in ACTS:
        async with verify_stream(runtime, user, "creditsChanged", merge("balance")) as stream:
            await act(runtime, user.id)
        assert (set(stream.facts), len(stream.updates)) == (types_of(BalanceChanged), 1)


async def test_many_entries_at_a_time_come_once_and_in_order(runtime: Runtime) -> None:
    user = await a_user(Role.TRANSPORTER)
    async with verify_stream(runtime, user, "creditsChanged", merge("balance")) as stream:
        for act in ACTS:
            await act(runtime, user.id)
            await is_paid(runtime, (await a_user()).id)
    assert [update["change"] for update in stream.updates] == [7, -7, 7, -7, 15, 40, -3]


async def test_what_is_paid_already_and_what_others_earn_is_no_update(runtime: Runtime) -> None:
    user = await a_user(Role.TRANSPORTER)
    credits_of = CreditsServices.of(runtime).credits
    await credits_of.adjust(user.id, 40, "a gift", "key", BOSS)
    async with verify_stream(runtime, user, "creditsChanged", merge("balance"), quiet=True) as stream:
        await credits_of.adjust(user.id, 40, "a gift", "key", BOSS)
        await is_paid(runtime, (await a_user()).id)
    assert (stream.updates, stream.facts) == ([], [])
    assert (await credits_of.balance(user.id)).balance == 40
