"""A whole day of the network through its public API, and what holds at any time of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from navswap.consistency.catalog import INVARIANTS
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.settings import Settings
from tests.e2e.day.script import HOUR, Day
from tests.e2e.day.town import Town, a_town
from tests.e2e.day.transport import drivers_come_online
from tests.support.api import PATIENCE_SECONDS
from tests.support.runtime import empty_runtime

pytestmark = [pytest.mark.streams, pytest.mark.long]

MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def town(database: Settings) -> AsyncIterator[Town]:
    """The town in the morning, on topics of its own: what other tests published is not its past."""
    own = {"kafka_topic_prefix": f"{database.kafka_topic_prefix}day-{new_id()}.", "heartbeat_minutes": 90.0}
    clock = ManualClock(MORNING)
    async with empty_runtime(database.model_copy(update=own), clock) as runtime:
        # Clients, servers and worker share one event loop here: on a busy machine it stands still for longer than
        # a process waits for Redis.
        runtime.redis.connection_pool.connection_kwargs["socket_timeout"] = PATIENCE_SECONDS
        async with a_town(runtime, clock) as town:
            yield town


async def test_after_a_day_of_everything_at_once_nothing_is_lost_doubled_or_owed(town: Town) -> None:
    day = Day(town)
    await drivers_come_online(town)
    for hours in range(24):
        await day.live_through(MORNING + hours * HOUR)
    await day.last_look()

    assert town.clock.now() == MORNING + 24 * HOUR
    assert town.checks_meanwhile > 0
    assert set(town.ends) == {"FULFILLED", "CANCELLED", "NO_SHOW", "EXPIRED"}
    assert min(town.ends.values()) > 0
    unused = {invariant.name() for invariant in INVARIANTS if town.examined[invariant.name()] == 0}
    assert unused == {"no-event-is-dead-lettered"}, "the day gives each other invariant something to examine"
