"""`navswap simulate --into-database`: an installation without a past gets one, once."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from navswap.cli.up import archives
from navswap.features.stations.domain.values import Information, Station, Status
from navswap.features.stations.storage import Stations
from navswap.features.swapping.storage import Swaps
from navswap.runtime import Runtime
from navswap.settings import Settings
from navswap.simulation.draws import Draws
from navswap.simulation.offline import CITY_SEED
from navswap.simulation.world.city import City
from tests.support.command import navswap

SEEDS = Path(__file__).parents[2] / "seeds"
COMMAND = ("simulate", "--policy", "nearest", "--stations", "2", "--days", "2", "--into-database")
SAID = re.compile(
    r"2 days up to yesterday: ([\d,]+) swaps lived in \d+ s, ([\d,]+) of them and ([\d,]+) holds"
)


def counts(said: str) -> tuple[int, int, int]:
    found = SAID.search(" ".join(said.split()))
    assert found is not None, said
    lived, swaps, holds = (int(group.replace(",", "")) for group in found.groups())
    return lived, swaps, holds


def test_an_installation_keeps_its_past_beside_its_archive_unless_it_says_where(tmp_path: Path) -> None:
    assert archives(Settings(), tmp_path) == {
        "NAVSWAP_ARCHIVE_URL": str(tmp_path / "archive"),
        "NAVSWAP_PAST_URL": str(tmp_path / "past"),
    }
    named = Settings(archive_url="s3://bucket/history", past_url="")
    assert archives(named, tmp_path) == {}


async def test_the_days_before_this_one_are_lived_and_loaded_once(runtime: Runtime) -> None:
    city, now = City.from_seeds(SEEDS), datetime.now(UTC)
    zone = ZoneInfo(city.time_zone)
    sites = city.sample(2, Draws(CITY_SEED)).stations
    await Stations.insert_all(
        [
            Station(site.id, Information(site.name, site.point, site.slots), Status(last_reported=now))
            for site in sites
        ]
    )

    lived, swaps, holds = counts(navswap(runtime.settings, *COMMAND).stderr)

    assert lived >= swaps > 50
    assert holds >= swaps
    stored = await Swaps.collection().find({}).to_list()
    assert len(stored) == swaps
    completed = [swap["completed_at"].replace(tzinfo=UTC) for swap in stored]
    assert now - timedelta(days=4) < min(completed) < max(completed) < datetime.now(UTC)
    again = counts(navswap(runtime.settings, *COMMAND).stderr)
    if (
        datetime.now(zone).date() != now.astimezone(zone).date()
    ):  # yesterday is another day now, and was loaded
        lived, *_ = again
        again = counts(navswap(runtime.settings, *COMMAND).stderr)
    assert again == (lived, 0, 0)
