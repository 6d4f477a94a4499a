"""Rate limits shared by all processes through Redis, with a local limiter for the time that Redis is away.

The generic cell rate algorithm: a key holds the moment at which its backlog will have drained. Each permit adds
one interval to the backlog, and none is given that would make the backlog longer than the whole limit. So a limit
of 60 a minute permits 60 at once and then one a second, without the burst at the turn of a fixed window.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from navswap.kit.clock import Clock

FALLBACKS = Counter("navswap_rate_limiter_fallback_total", "Rate limits decided without Redis")

log = structlog.get_logger(__name__)

_MICROSECONDS: Final = 1_000_000

_SCRIPT: Final = """
local now = tonumber(ARGV[1])
local drained, granted, allowed = {}, {}, 1
for i, key in ipairs(KEYS) do
  local interval, limit, wanted = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  drained[i] = math.max(tonumber(redis.call('GET', key)) or now, now)
  granted[i] = math.min(wanted, math.floor((interval * limit - drained[i] + now) / interval))
  if granted[i] < 1 then allowed = 0 end
end
local reply = {allowed}
for i, key in ipairs(KEYS) do
  if allowed == 1 then
    drained[i] = drained[i] + tonumber(ARGV[3 * i - 1]) * granted[i]
    redis.call('SET', key, string.format('%.0f', drained[i]), 'PX', math.ceil((drained[i] - now) / 1000))
  end
  reply[2 * i] = drained[i] - now
  reply[2 * i + 1] = granted[i]
end
return reply
"""
"""Takes permits from every key, as many as are wanted or are there, or none from any where one has none.

Returns 1 or 0, then each key's backlog in microseconds and the permits that were taken.
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` permits for a key in `seconds`, after any pause all of them at once."""

    key: str
    limit: int
    seconds: int = 60

    @property
    def interval(self) -> int:
        """Return the microseconds in which one permit grows back, at least 1."""
        return max(1, self.seconds * _MICROSECONDS // self.limit)


class RateDecision(NamedTuple):
    """The answer for the tightest quota.

    `reset_seconds` is the time until one more permit when refused, and until the whole `limit` when allowed.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: float


class RateLimiter:
    """Decides in Redis, one script call for all quotas, and locally while Redis is down or slow.

    Locally each process permits the whole limit, and forgets the key that was not asked for longest once
    `LocalLimiter.CAPACITY` keys are held: with Redis away a limit is a courtesy to the stores, not a promise.
    """

    PAUSE_SECONDS: Final = 3.0

    def __init__(
        self,
        redis: Redis,
        prefix: str,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        timeout_seconds: float = 0.1,
    ) -> None:
        self._take = redis.register_script(_SCRIPT)
        self._prefix = prefix
        self._clock = clock
        self._monotonic = monotonic
        self._timeout_seconds = timeout_seconds
        self._local = LocalLimiter(monotonic)
        self._ask_redis_from: float | None = None

    async def decide(self, *quotas: Quota) -> RateDecision:
        """Take one permit from every quota, or none from any when one of them is spent."""
        decisions, _ = await self.take([(quota, 1) for quota in quotas])
        return tightest(decisions)

    def decide_at_once(self, *quotas: Quota) -> RateDecision | None:
        """Return None: Redis has to be asked."""
        del quotas
        return None

    async def take(self, wanted: Sequence[tuple[Quota, int]]) -> tuple[list[RateDecision], list[int]]:
        """Take up to so many permits from every quota, at least one, or none from any when one of them is spent.

        Returns the decision of each quota, allowed or not for all alike, and how many permits it gave.
        """
        if self._redis_may_answer():
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    allowed, *answers = await self._take(
                        keys=[f"{self._prefix}rate:{quota.key}" for quota, _ in wanted],
                        args=self._arguments(wanted),
                    )
            except (RedisError, OSError, TimeoutError) as error:
                self._turn_away_from_redis(error)
            else:
                self._return_to_redis()
                decisions = [
                    decision_of(quota, backlog, allowed=bool(allowed))
                    for (quota, _), backlog in zip(wanted, answers[::2], strict=True)
                ]
                return decisions, answers[1::2]
        FALLBACKS.inc()
        return self._local.decide_each(*(quota for quota, _ in wanted)), [1] * len(wanted)

    def _arguments(self, wanted: Sequence[tuple[Quota, int]]) -> list[int]:
        now = int(self._clock.now().timestamp() * _MICROSECONDS)
        return [now, *(part for quota, permits in wanted for part in (quota.interval, quota.limit, permits))]

    def _redis_may_answer(self) -> bool:
        """Return whether to ask Redis; after a failure only one caller tries each time the pause is over."""
        if self._ask_redis_from is None:
            return True
        if self._monotonic() < self._ask_redis_from:
            return False
        self._ask_redis_from = self._monotonic() + self.PAUSE_SECONDS
        return True

    def _turn_away_from_redis(self, error: Exception) -> None:
        if self._ask_redis_from is None:
            log.warning("rate_limiter_without_redis", error=repr(error))
        self._ask_redis_from = self._monotonic() + self.PAUSE_SECONDS

    def _return_to_redis(self) -> None:
        if self._ask_redis_from is not None:
            log.info("rate_limiter_with_redis_again")
        self._ask_redis_from = None


class LocalLimiter:
    """The same algorithm in the memory of one process, by a clock that never runs backwards."""

    CAPACITY: Final = 10_000

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._drained: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._drained)

    def decide(self, *quotas: Quota) -> RateDecision:
        """Take one permit from every quota, or none from any when one of them is spent."""
        return tightest(self.decide_each(*quotas))

    def decide_each(self, *quotas: Quota) -> list[RateDecision]:
        """Take one permit from every quota, or none from any; return the decision of each."""
        now = int(self._monotonic() * _MICROSECONDS)
        backlogs = [max(0, self._drained.get(quota.key, now) - now) for quota in quotas]
        allowed = all(
            backlog + quota.interval <= quota.interval * quota.limit
            for quota, backlog in zip(quotas, backlogs, strict=True)
        )
        if allowed:
            backlogs = [backlog + quota.interval for quota, backlog in zip(quotas, backlogs, strict=True)]
            for quota, backlog in zip(quotas, backlogs, strict=True):
                self._remember(quota.key, now + backlog)
        return [
            decision_of(quota, backlog, allowed=allowed)
            for quota, backlog in zip(quotas, backlogs, strict=True)
        ]

    def _remember(self, key: str, drained: int) -> None:
        self._drained[key] = drained
        self._drained.move_to_end(key)
        if len(self._drained) > self.CAPACITY:
            self._drained.popitem(last=False)


def tightest(decisions: Sequence[RateDecision]) -> RateDecision:
    """Return the decision that a client has to know, of those of several quotas."""
    if all(decision.allowed for decision in decisions):
        return min(decisions, key=lambda decision: decision.remaining)
    return max(decisions, key=lambda decision: decision.reset_seconds)


def decision_of(quota: Quota, backlog: int, *, allowed: bool) -> RateDecision:
    """Return the decision of one quota with a backlog in microseconds."""
    interval = quota.interval
    room = interval * quota.limit - backlog
    waiting = backlog if allowed else max(0, interval - room)
    return RateDecision(allowed, quota.limit, max(0, room // interval), waiting / _MICROSECONDS)
