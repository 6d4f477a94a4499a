"""A run recorded as an archive: what happened, when it was known, and the same again for the same seed."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from navswap.events.archive.reader import read_events, read_station_status
from navswap.simulation.engine.simulation import START
from navswap.simulation.offline import OfflineOptions, run_offline

SEEDS = Path(__file__).parents[2] / "seeds"


def recorded(root: Path, *, seed: int = 1) -> dict[str, int]:
    options = OfflineOptions(SEEDS, policy="nearest", stations=3, seed=seed, record=str(root))
    return run_offline(options).facts


def test_every_fact_of_a_run_is_in_its_archive_once(tmp_path: Path) -> None:
    facts = recorded(tmp_path)

    swaps = read_events(tmp_path, "swapping").filter(pl.col("type") == "swapping.swap.completed").collect()
    assert swaps.height == facts["swapping.swap.completed"] > 50
    assert swaps["event_id"].n_unique() == swaps.height
    assert (swaps["known_at"] >= swaps["occurred_at"]).all()
    first, last = swaps["occurred_at"].min(), swaps["occurred_at"].max()
    assert isinstance(first, type(START))
    assert isinstance(last, type(START))
    assert START - timedelta(days=1) < first < last < START + timedelta(days=2)


def test_the_status_of_stations_over_time_is_in_it(tmp_path: Path) -> None:
    facts = recorded(tmp_path)

    status = read_station_status(tmp_path).collect()
    assert status.height == facts["stations.station.changed"] >= 3 * 24
    assert status["station_id"].n_unique() == 3


def test_recording_the_same_run_twice_adds_nothing(tmp_path: Path) -> None:
    facts = recorded(tmp_path)
    recorded(tmp_path)

    assert read_events(tmp_path, "swapping").collect().height == sum(
        count for name, count in facts.items() if name.startswith("swapping.")
    )
