"""`navswap simulate`: who lives in the demonstration city, and what it refuses."""

from pathlib import Path

import pytest

from navswap.cli.agents import people_of
from navswap.seeding.city import load_demo_city
from navswap.settings import Settings
from tests.support.command import navswap

SEEDS = Path(__file__).parents[2] / "seeds"


def test_no_agent_uses_an_account_that_the_welcome_screen_offers_to_people(settings: Settings) -> None:
    people = people_of(settings.model_copy(update={"seeds_dir": SEEDS}))
    offered = {account.email for account in load_demo_city(SEEDS).accounts.accounts}

    of_agents = {*people.riders, *people.staff, *people.technicians, *people.transporters, *people.shops}
    assert offered & of_agents == set()
    assert len(people.riders) >= 399
    assert all((people.staff, people.technicians, people.transporters, people.shops))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--policy", "luck"), "There is no policy 'luck'; choose from do-nothing, nearest"),
        (("--compare", "nearest,nearest"), "name each policy once"),
        (("--days", "0"), "--days"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(
    settings: Settings, options: tuple[str, ...], said: str
) -> None:
    done = navswap(settings, "simulate", *options)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
