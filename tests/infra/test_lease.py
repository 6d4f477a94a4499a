"""Of several processes one holds a lease, by the clock of the database server."""

from datetime import UTC, datetime, timedelta

from navswap.infra.lease import Lease, LeaseDocument
from navswap.runtime import Runtime

LIFE = timedelta(minutes=10)


class Stopwatch:
    """The time of one process, which only a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def it_is_over() -> None:
    """Let the time of the lease pass at the server."""
    await LeaseDocument.collection().update_one(
        {"_id": "work"}, {"$set": {"until": datetime(2020, 1, 1, tzinfo=UTC)}}
    )


async def half_its_life_passes() -> None:
    """Let time pass at the server, which counts in milliseconds: on a fast machine a test takes less than one."""
    passed = {
        "$dateSubtract": {"startDate": "$until", "unit": "second", "amount": LIFE // timedelta(seconds=2)}
    }
    await LeaseDocument.collection().update_one({"_id": "work"}, [{"$set": {"until": passed}}])


async def test_one_holds_a_lease_until_its_time_is_over(runtime: Runtime) -> None:
    del runtime
    watch = Stopwatch()
    first, second = Lease("work", LIFE, watch), Lease("work", LIFE, watch)
    assert await first.take()
    assert not await second.take()
    await it_is_over()
    assert await second.take()
    watch.seconds = LIFE.total_seconds()
    assert not await first.take()


async def test_a_holder_renews_in_time_and_writes_nothing_before(runtime: Runtime) -> None:
    del runtime
    watch = Stopwatch()
    lease, other = Lease("work", LIFE, watch), Lease("work", LIFE, watch)
    assert await lease.take()
    taken = await LeaseDocument.get("work")
    watch.seconds = LIFE.total_seconds() / 2 - 1
    assert await lease.take()
    assert await LeaseDocument.get("work") == taken
    await half_its_life_passes()
    left = await LeaseDocument.get("work")
    watch.seconds += 1
    assert await lease.take()
    renewed = await LeaseDocument.get("work")
    assert left is not None
    assert renewed is not None
    assert renewed.until > left.until
    assert not await other.take()


async def test_a_process_whose_clock_is_wrong_takes_no_lease_that_lasts(runtime: Runtime) -> None:
    del runtime
    ahead = Stopwatch()
    assert await Lease("work", LIFE).take()
    ahead.seconds = 10 * LIFE.total_seconds()
    assert not await Lease("work", LIFE, ahead).take()


async def test_a_lease_that_is_given_up_is_free(runtime: Runtime) -> None:
    del runtime
    first, second = Lease("work", LIFE), Lease("work", LIFE)
    assert await first.take()
    await second.release()  # not its own
    assert not await second.take()
    await first.release()
    assert await second.take()
