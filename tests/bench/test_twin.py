"""The bench of the twin measures the same day again, beside a loop of as many events."""

import json
from pathlib import Path

from navswap.bench.raw_twin import STEPS, run_bare_loop
from navswap.bench.twin import bench_twin

SEEDS = Path(__file__).parents[2] / "seeds"


def test_a_day_is_measured_beside_a_loop_of_as_many_events() -> None:
    said: list[str] = []
    report = bench_twin(SEEDS, "nearest", rounds=2, sizes=(2,), progress=said.append)

    day = report.days[0]
    assert (day.stations, len(report.days)) == (2, 1)
    assert day.events > day.swaps > 50
    assert day.seconds.median > 0
    assert day.bare_seconds.median > 0
    assert said[0] == "Building 2 stations"
    plain = json.loads(json.dumps(report.as_json()))
    assert plain["days"][0]["events_per_second"] == day.events_per_second
    assert any("2 stations" in line for line in report.lines())


def test_the_bare_loop_depends_on_every_event() -> None:
    assert run_bare_loop(100 * STEPS, 3, 1) != run_bare_loop(300 * STEPS, 3, 1)
    assert run_bare_loop(100 * STEPS, 3, 1) == run_bare_loop(100 * STEPS, 3, 1)
