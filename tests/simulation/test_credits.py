"""What a run pays is what the ledger holds: after every event, posted from the facts as production posts it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as some

from navswap.features.credits.domain.accounts import SYSTEM_ACCOUNTS, SystemAccount, user_account
from navswap.features.credits.domain.postings import Posting, bonus_posting, post
from navswap.features.credits.domain.values import Account, LedgerEntry
from navswap.features.logistics.events import JobChanged
from navswap.features.swapping.events import EntryCompensated, SwapCompleted
from navswap.kit.facts import Fact
from navswap.simulation.engine.simulation import DAY_MINUTES, RunOptions, Simulation
from navswap.simulation.policies import POLICIES
from navswap.simulation.world.scenario import Scenario
from tests.support.city import city_of, demonstration_city

CITY = demonstration_city()


class Ledger:
    """Posts what facts say was earned by the credits slice's domain, each cause once; takes facts as a run's recorder."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.entries: dict[str, LedgerEntry] = {}

    def take(self, facts: Sequence[Fact], _: datetime, now: datetime) -> None:
        for posting in filter(None, map(_earned_by, facts)):
            assert posting.reference not in self.entries, "a cause pays once"
            posted = post(posting, self.accounts, f"entry-{len(self.entries)}", now)
            self.entries[posting.reference] = posted.entry
            for step in posted.accounts:
                self.accounts[step.after.id] = step.after

    @property
    def of_users(self) -> int:
        return sum(account.balance for account in self.accounts.values() if account.id.startswith("user:"))


def _earned_by(fact: Fact) -> Posting | None:
    """Return what production pays with the transition that a fact is of."""
    match fact:
        case SwapCompleted(swap) if swap.bonus_credits:
            return bonus_posting(swap.id, swap.rider_id, swap.bonus_credits)
        case EntryCompensated(entry) if entry.compensation_credits:
            rider = user_account(entry.rider_id)
            credits_paid = entry.compensation_credits
            return Posting(
                f"compensation:{entry.id}", SystemAccount.COMPENSATION, rider, credits_paid, "Hold broken"
            )
        case JobChanged(job) if job.has_ended and job.paid_credits:
            assert job.transporter_id is not None, "who is paid has had the job"
            carrier = user_account(job.transporter_id)
            return Posting(f"job:{job.id}", SystemAccount.REWARDS, carrier, job.paid_credits, "Delivered")
    return None


def lived_with_a_ledger(seed: int, policy: str, stations: int, scenario: Scenario) -> Ledger:
    """Live through a day, and compare what was paid to the ledger after every event."""
    ledger = Ledger()
    city = city_of(stations, seed)
    simulation = Simulation(city, POLICIES[policy], RunOptions(seed=seed), scenario, ledger.take)
    run = simulation.run
    simulation._visits = simulation._visits_of(0)
    simulation._changes.plan(0)
    simulation._send_next(0.0, None)
    posted = paid = 0
    while run.agenda.next_minute < DAY_MINUTES:
        run.agenda.step()
        if len(ledger.entries) > posted:
            posted, paid = len(ledger.entries), ledger.of_users
            assert sum(account.balance for account in ledger.accounts.values()) == 0, (
                "nothing comes from nowhere"
            )
        assert run.kpis.credits_paid == paid
    return ledger


def a_broken_day(stations: Sequence[str]) -> Scenario:
    """Return a day on which all stations close for ten minutes again and again: holds break, and none can be moved."""
    closures = tuple(
        {"stations": tuple(stations), "from_hour": hour, "until_hour": hour + 1 / 6} for hour in range(8, 20)
    )
    return Scenario.model_validate({"closure": closures})


@settings(max_examples=3, deadline=None)
@given(seed=some.integers(0, 10_000), policy=some.sampled_from(["do-nothing", "nearest", "rules"]))
def test_credits_are_conserved_at_every_event(seed: int, policy: str) -> None:
    ledger = lived_with_a_ledger(seed, policy, 2, Scenario())

    assert sum(entry.amount for entry in ledger.entries.values()) == ledger.of_users


def test_bonuses_compensation_and_rewards_are_each_paid_out_of_their_account() -> None:
    everywhere = [site.id for site in city_of(8).stations]

    ledger = lived_with_a_ledger(1, "rules", 8, a_broken_day(everywhere))

    paid = Counter[str]()
    for entry in ledger.entries.values():
        assert entry.debit.account in SYSTEM_ACCOUNTS
        paid[entry.debit.account] += entry.amount
    assert paid.keys() == {SystemAccount.BONUSES, SystemAccount.COMPENSATION, SystemAccount.REWARDS}
