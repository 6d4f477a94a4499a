import asyncio
from itertools import count

import pytest

from navswap.bench.contest import Contest, Pace, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.load import Round, drive, keep_pace


async def test_no_more_callers_are_at_work_than_asked_for() -> None:
    at_work: set[int] = set()
    most = 0

    async def work(item: int) -> None:
        nonlocal most
        at_work.add(item)
        most = max(most, len(at_work))
        await asyncio.sleep(0)
        at_work.remove(item)

    done = await drive(range(50), work, concurrency=4, seconds=60)
    assert most == 4
    assert len(done.latencies) == 50


async def test_every_item_is_worked_on_once() -> None:
    seen: list[int] = []

    async def work(item: int) -> None:
        await asyncio.sleep(0)
        seen.append(item)

    await drive(range(100), work, concurrency=7, seconds=60)
    assert sorted(seen) == list(range(100))


async def test_when_the_time_is_up_each_caller_ends_with_what_is_under_way() -> None:
    done = await drive(count(), lambda _: asyncio.sleep(0), concurrency=3, seconds=0)
    assert len(done.latencies) == 3


async def test_a_caller_whose_pause_would_outlast_the_time_ends_at_once() -> None:
    done = await drive(count(), lambda _: asyncio.sleep(0), concurrency=1, seconds=60, pause_seconds=3_600)
    assert len(done.latencies) == 1


async def test_the_first_failure_ends_the_load_and_is_raised_by_itself() -> None:
    async def work(item: int) -> None:
        await asyncio.sleep(0)
        if item == 5:
            raise BenchError("six")

    with pytest.raises(BenchError, match="six"):
        await drive(count(), work, concurrency=3, seconds=60)


async def test_a_pace_is_as_many_items_as_its_time_has_ticks() -> None:
    seen: list[int] = []

    async def work(item: int) -> None:
        seen.append(item)

    items = count()
    await keep_pace(items, work, per_second=1000, seconds=0.02)
    assert sorted(seen) == list(range(20)), "in whatever order those begin that are late"
    await keep_pace(items, work, per_second=1, seconds=0.001)
    assert seen[20:] == [20], "at least one, and the next one"


async def test_both_sides_take_turns_and_the_warm_up_does_not_count() -> None:
    turns: list[str] = []

    def side(name: str, seconds: list[float]) -> tuple[str, "object"]:
        async def run(_: float) -> Round:
            turns.append(name)
            return Round([0.01] * 10, seconds.pop(0))

        return name, run

    contest = Contest(
        "a name",
        "points",
        side("candidate", [9.0, 1.0, 2.0]),  # type: ignore[arg-type]  # the pair is a name and a contender
        side("reference", [9.0, 0.5, 4.0]),  # type: ignore[arg-type]
        size=5,
    )
    told: list[str] = []
    (result,) = await hold_contests([contest], Pace(rounds=2, seconds=1, concurrency=1), told.append)
    assert turns == ["candidate", "reference"] * 3
    assert told == ["Round 1 of 2", "Round 2 of 2"]
    assert (result.candidate.per_second.least, result.candidate.per_second.greatest) == (25.0, 50.0)
    assert (result.ratio.least, result.ratio.greatest) == (0.5, 2.0)
    assert result.reference.latency.operations == 20
