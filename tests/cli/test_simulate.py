"""`navswap simulate`: who lives in the demonstration city, and what it refuses."""

import json
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
        (("--near", "25,121"), "say of which --network, and how many --stations"),
        (("--near", "25", "--network", str(SEEDS), "--stations", "3"), "such as 25.048,121.517"),
        (("--time-zone", "Asia/Taipeh"), "'Asia/Taipeh' is no time zone"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(
    settings: Settings, options: tuple[str, ...], said: str
) -> None:
    done = navswap(settings, "simulate", *options)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_network_is_lived_in_by_its_own_clocks_and_what_was_made_up_is_said(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "two.csv"
    file.write_text("id,name,lat,lon\na,A,25.05,121.51\nb,B,25.06,121.52\nc,C,22.6,120.3\n", "utf-8")
    place = ("--network", str(file), "--stations", "2", "--near", "25.048,121.517")

    archive = tmp_path / "archive"
    lived = navswap(
        *(settings, "simulate", *place, "--policy", "nearest", "--time-zone", "Asia/Taipei"),
        *("--record", str(archive), "--json"),
    )

    assert lived.returncode == 0, lived.stderr
    assert json.loads(lived.stdout)["stations"] == 2
    assert "no slots for 2 of 2 stations, which get 30" in lived.stderr
    dates = {path.name for path in archive.glob("*/date=*")}
    assert dates == {"date=2026-03-01", "date=2026-03-02"}, "the day begins at 16:00 UTC of the day before"
