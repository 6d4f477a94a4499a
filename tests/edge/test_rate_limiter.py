import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from navswap.infra.rate_leases import LEASE_SECONDS, LeasedLimiter
from navswap.infra.rate_limiter import LocalLimiter, Quota, RateDecision, RateLimiter
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.settings import Settings
from tests.edge.serving import patient_redis


class Stopwatch:
    """A monotonic clock that moves when it is told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def prefix(settings: Settings) -> str:
    return f"{settings.redis_prefix}{new_id()}:"


DAY = 24 * 3_600
"""Of a limit by the day Redis keeps even one permit for minutes: it forgets a key by the time of the machine, not of the test."""


def patient(redis: Redis, prefix: str, clock: ManualClock) -> RateLimiter:
    """A limiter that a busy machine does not turn away from Redis."""
    return RateLimiter(redis, prefix, clock, timeout_seconds=60)


def fallbacks() -> float:
    return REGISTRY.get_sample_value("navswap_rate_limiter_fallback_total") or 0.0


async def test_a_limit_permits_its_burst_then_one_for_each_interval(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    limiter, quota = patient(redis, prefix, clock), Quota("rider", limit=3, seconds=60)
    assert [await limiter.decide(quota) for _ in range(4)] == [
        RateDecision(allowed=True, limit=3, remaining=2, reset_seconds=20.0),
        RateDecision(allowed=True, limit=3, remaining=1, reset_seconds=40.0),
        RateDecision(allowed=True, limit=3, remaining=0, reset_seconds=60.0),
        RateDecision(allowed=False, limit=3, remaining=0, reset_seconds=20.0),
    ]
    clock.advance(timedelta(seconds=19))
    assert await limiter.decide(quota) == RateDecision(False, 3, 0, 1.0)
    clock.advance(timedelta(seconds=1))
    assert await limiter.decide(quota) == RateDecision(True, 3, 0, 60.0)
    assert not (await limiter.decide(quota)).allowed


async def test_a_refused_operation_takes_from_no_quota(redis: Redis, prefix: str, clock: ManualClock) -> None:
    limiter = patient(redis, prefix, clock)
    narrow, wide = Quota("principal", limit=1), Quota("address", limit=10)
    assert await limiter.decide(narrow, wide) == RateDecision(True, 1, 0, 60.0)
    for _ in range(5):
        assert await limiter.decide(narrow, wide) == RateDecision(False, 1, 0, 60.0)
    assert (await limiter.decide(wide)).remaining == 8


async def test_racing_processes_share_one_limit(settings: Settings, prefix: str, clock: ManualClock) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(patient_redis(settings)) for _ in range(4)]
        limiters = [patient(client, prefix, clock) for client in clients]
        quota = Quota("rider", limit=17, seconds=DAY)
        decisions = await asyncio.gather(*(limiter.decide(quota) for limiter in limiters for _ in range(10)))
    assert sum(decision.allowed for decision in decisions) == 17


async def test_a_key_is_gone_once_its_limit_is_whole_again(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    await patient(redis, prefix, clock).decide(Quota("rider", limit=6, seconds=DAY))
    remaining = await redis.pttl(f"{prefix}rate:rider")
    assert 0 < remaining <= DAY * 1_000 // 6


@pytest.mark.parametrize("seed", range(5))
async def test_redis_and_the_local_limiter_answer_alike(
    redis: Redis, prefix: str, clock: ManualClock, seed: int
) -> None:
    stopwatch, chance = Stopwatch(), random.Random(seed)
    shared, local = patient(redis, prefix, clock), LocalLimiter(stopwatch)
    quotas = [Quota(f"key-{number}", limit, DAY) for number, limit in enumerate((1, 3, 7, 60, 1200))]
    for _ in range(150):
        step = chance.choice((0, 0, 0, 0.25, 1, 8.5, 70)) * DAY / 60
        clock.advance(timedelta(seconds=step))
        stopwatch.seconds += step
        chosen = chance.sample(quotas, chance.randint(1, 2))
        assert await shared.decide(*chosen) == local.decide(*chosen)


@given(
    limit=st.integers(1, 2000),
    seconds=st.integers(1, 3600),
    steps=st.lists(st.floats(0, 120), min_size=1, max_size=60),
)
def test_no_window_sees_more_than_the_burst_and_what_grew_back(
    limit: int, seconds: int, steps: list[float]
) -> None:
    stopwatch = Stopwatch()
    limiter, quota = LocalLimiter(stopwatch), Quota("key", limit, seconds)
    started, permitted = stopwatch.seconds, 0
    for step in steps:
        stopwatch.seconds += step
        decision = limiter.decide(quota)
        permitted += decision.allowed
        grown_back = (stopwatch.seconds - started) * 1_000_000 / quota.interval
        assert permitted <= limit + grown_back + 1e-3
        assert 0 <= decision.remaining < limit or not decision.allowed
        assert decision.reset_seconds > 0


@given(limit=st.integers(1, 500), wait=st.floats(0, 100))
def test_one_who_waits_as_told_is_permitted(limit: int, wait: float) -> None:
    stopwatch = Stopwatch()
    limiter, quota = LocalLimiter(stopwatch), Quota("key", limit)
    while (decision := limiter.decide(quota)).allowed:
        pass
    stopwatch.seconds += decision.reset_seconds + wait + 1e-5
    assert limiter.decide(quota).allowed


def test_the_local_limiter_forgets_the_key_not_asked_for_longest() -> None:
    limiter = LocalLimiter(Stopwatch())
    spent = Quota("first", limit=1)
    assert limiter.decide(spent).allowed
    for number in range(LocalLimiter.CAPACITY):
        limiter.decide(Quota(f"key-{number}", limit=1))
    assert len(limiter) == LocalLimiter.CAPACITY
    assert limiter.decide(spent).allowed
    assert not limiter.decide(Quota(f"key-{LocalLimiter.CAPACITY - 1}", limit=1)).allowed


class Counted(RateLimiter):
    """Counts how often it is asked."""

    asked = 0

    async def take(self, wanted: Sequence[tuple[Quota, int]]) -> tuple[list[RateDecision], list[int]]:
        self.asked += 1
        return await super().take(wanted)


HALF = 300
"""Permits of 600 a minute that are taken before a test: Redis forgets a key when its backlog has drained by the time of the machine."""


async def test_a_busy_client_asks_redis_once_for_many_operations(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota = Stopwatch(), Quota("rider", limit=600)
    counted = Counted(redis, prefix, clock, timeout_seconds=60)
    limiter = LeasedLimiter(counted, monotonic=stopwatch)
    await counted.take([(quota, HALF)])
    decisions = [await limiter.decide(quota) for _ in range(200)]
    assert counted.asked <= 1 + 25
    assert [decision.remaining for decision in decisions] == list(range(299, 99, -1))


async def test_leases_of_several_processes_permit_no_more_than_the_limit(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota = Stopwatch(), Quota("rider", limit=600)
    limiters = [LeasedLimiter(patient(redis, prefix, clock), monotonic=stopwatch) for _ in range(3)]
    await patient(redis, prefix, clock).take([(quota, HALF)])
    decisions = [await limiters[number % 3].decide(quota) for number in range(400)]
    assert sum(decision.allowed for decision in decisions) == 300
    assert decisions[-1].reset_seconds > 0


async def test_a_client_that_comes_now_and_then_is_counted_one_by_one(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota = Stopwatch(), Quota("rider", limit=600)
    leased = LeasedLimiter(patient(redis, prefix, clock), monotonic=stopwatch)
    await patient(redis, prefix, clock).take([(quota, HALF)])
    for _ in range(30):
        assert (await leased.decide(quota)).allowed
        stopwatch.seconds += LEASE_SECONDS
    assert (await patient(redis, prefix, clock).decide(quota)).remaining == HALF - 31


async def test_what_is_left_of_a_lease_is_given_up_after_a_second(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota = Stopwatch(), Quota("rider", limit=600)
    exact = Counted(redis, prefix, clock, timeout_seconds=60)
    leased = LeasedLimiter(exact, monotonic=stopwatch)
    await exact.take([(quota, HALF)])
    for _ in range(4):
        await leased.decide(quota)
    taken = HALF - (await exact.decide(quota)).remaining - 1
    assert 4 <= taken <= 4 + 10
    stopwatch.seconds += LEASE_SECONDS
    before = exact.asked
    await leased.decide(quota)
    assert exact.asked == before + 1


async def test_a_lease_of_one_quota_is_not_used_where_another_is_spent(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    limiter = LeasedLimiter(patient(redis, prefix, clock), monotonic=Stopwatch())
    narrow, wide = Quota("principal", limit=5), Quota("address", limit=600)
    await patient(redis, prefix, clock).take([(wide, HALF)])
    decisions = [await limiter.decide(narrow, wide) for _ in range(50)]
    assert [decision.allowed for decision in decisions] == [True] * 5 + [False] * 45
    assert {decision.limit for decision in decisions} == {5}
    others = [await limiter.decide(wide) for _ in range(HALF - 5)]
    assert all(decision.allowed for decision in others)
    assert not (await limiter.decide(wide)).allowed


async def test_a_lease_that_has_permits_decides_at_once_and_counts_the_same(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota, other = Stopwatch(), Quota("rider", limit=600), Quota("address", limit=6_000)
    counted = Counted(redis, prefix, clock, timeout_seconds=60)
    limiter = LeasedLimiter(counted, monotonic=stopwatch)
    await counted.take([(quota, HALF), (other, 10 * HALF)])
    remaining, at_once = [], 0
    for _ in range(200):
        decision = limiter.decide_at_once(quota, other)
        at_once += decision is not None
        remaining.append((decision or await limiter.decide(quota, other)).remaining)
    assert remaining == list(range(299, 99, -1))
    assert at_once >= 170
    asked = counted.asked
    stopwatch.seconds += LEASE_SECONDS
    assert limiter.decide_at_once(quota, other) is None
    assert limiter.decide_at_once(other) is None
    assert counted.asked == asked


async def test_nothing_is_decided_at_once_where_one_lease_is_spent(
    redis: Redis, prefix: str, clock: ManualClock
) -> None:
    limiter = LeasedLimiter(patient(redis, prefix, clock), monotonic=Stopwatch())
    narrow, wide = Quota("principal", limit=5), Quota("address", limit=600)
    await patient(redis, prefix, clock).take([(wide, HALF)])
    for _ in range(8):
        await limiter.decide(wide)
    before = await limiter.decide(wide)
    assert limiter.decide_at_once(narrow, wide) is None
    assert (await limiter.decide(wide)).remaining == before.remaining - 1


class Gate:
    """A port in front of Redis: open, it passes all on; shut, it takes what comes and says nothing."""

    def __init__(self, redis_url: str) -> None:
        self._address = urlsplit(redis_url)
        self.shut = False
        self.unanswered: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with Redis(host="127.0.0.1", port=port) as client:
                yield client
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_connection(self._address.hostname, self._address.port)
        with closing(writer), closing(downstream), suppress(ConnectionError):
            answers = asyncio.create_task(self._pass_on(upstream, writer))
            while data := await reader.read(65536):
                if self.shut:
                    self.unanswered.add(writer)
                else:
                    downstream.write(data)
            answers.cancel()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)


async def test_a_slow_redis_is_replaced_by_the_local_limiter_and_left_alone_for_a_while(
    settings: Settings, prefix: str, clock: ManualClock
) -> None:
    stopwatch, quota = Stopwatch(), Quota("rider", limit=3)
    gate = Gate(settings.redis_url)
    async with gate.client() as redis:
        limiter = RateLimiter(redis, prefix, clock, monotonic=stopwatch, timeout_seconds=60)
        assert (await limiter.decide(quota)).remaining == 2
        before, gate.shut, limiter._timeout_seconds = fallbacks(), True, 2

        decisions = [await limiter.decide(quota) for _ in range(4)]
        assert [decision.allowed for decision in decisions] == [True, True, True, False]
        assert fallbacks() == before + 4
        assert len(gate.unanswered) == 1

        stopwatch.seconds += RateLimiter.PAUSE_SECONDS
        probed = await asyncio.gather(*(limiter.decide(quota) for _ in range(5)))
        assert [decision.allowed for decision in probed] == [False] * 5
        assert len(gate.unanswered) == 2

        gate.shut, limiter._timeout_seconds = False, 60
        stopwatch.seconds += RateLimiter.PAUSE_SECONDS
        before = fallbacks()
        assert (await limiter.decide(quota)).remaining == 1
        assert (await limiter.decide(quota)).remaining == 0
        assert fallbacks() == before


async def test_without_any_redis_the_local_limiter_decides(prefix: str, clock: ManualClock) -> None:
    async with await asyncio.start_server(lambda _r, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    async with Redis(host="127.0.0.1", port=port) as redis:
        limiter, before = RateLimiter(redis, prefix, clock, monotonic=Stopwatch()), fallbacks()
        decisions = [await limiter.decide(Quota("rider", limit=2)) for _ in range(3)]
    assert [decision.allowed for decision in decisions] == [True, True, False]
    assert fallbacks() == before + 3
