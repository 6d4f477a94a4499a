"""Permits taken from Redis ahead: one round trip for many operations of a busy client.

A lease is for one key and one process. Its size follows the client: it doubles each time that it is spent within a second, up to
what grows back in a second, and halves each time that it was not; so a client that comes now and then is counted one by
one, as before. What is left of a lease after a second is given up, which costs that client a sixtieth of a limit by the minute
at most. No more than the limit is permitted, but for the operations of one key that are in flight while its lease runs out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from navswap.infra.rate_limiter import Quota, RateDecision, RateLimiter, decision_of, tightest

LEASE_SECONDS: Final = 1.0
MOST_PERMITS: Final = 100
"""The largest lease, whatever the limit."""
_MICROSECONDS: Final = 1_000_000
_LEFT: Final = itemgetter(0)


@dataclass(slots=True)
class _Lease:
    quota: Quota
    permits: int = 0
    size: int = 1
    taken_at: float = float("-inf")
    backlog: int = 0
    """Microseconds, when it was taken; with all of its permits."""
    interval: int = 1

    def __post_init__(self) -> None:
        self.interval = self.quota.interval

    def has_permits(self, now: float) -> bool:
        """Return whether `wanted` would be 0."""
        return self.permits > 0 and now - self.taken_at < LEASE_SECONDS

    def wanted(self, now: float) -> int:
        """Return how many permits to take once it is spent or over: 0 while it is neither."""
        if now - self.taken_at >= LEASE_SECONDS:
            self.permits, self.size = min(0, self.permits), max(1, self.size // 2)
        elif self.permits <= 0:
            self.size = min(self.size * 2, MOST_PERMITS, max(1, self.quota.limit // self.quota.seconds))
        else:
            return 0
        return self.size - self.permits

    def fill(self, permits: int, decision: RateDecision, now: float) -> None:
        """Add what was taken."""
        self.permits += permits
        self.taken_at, self.backlog = now, int(decision.reset_seconds * _MICROSECONDS)

    def use(self, now: float) -> tuple[int, Quota, int]:
        """Use one permit; return how many of the limit are left, with those that are not used, and the backlog in microseconds."""
        self.permits -= 1
        quota, interval = self.quota, self.interval
        passed = int((now - self.taken_at) * _MICROSECONDS)
        backlog = max(interval, self.backlog - passed - self.permits * interval)
        return quota.limit - -(-backlog // interval), quota, backlog


class LeasedLimiter:
    """Decides as the limiter that it takes permits from, in most cases without asking it."""

    CAPACITY: Final = 10_000

    def __init__(self, limiter: RateLimiter, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limiter = limiter
        self._monotonic = monotonic
        self._leases: OrderedDict[str, _Lease] = OrderedDict()

    async def decide(self, *quotas: Quota) -> RateDecision:
        """Take one permit from every quota, or none from any when one of them is spent."""
        leases, now = [self._lease_of(quota) for quota in quotas], self._monotonic()
        spent = [(lease, wanted) for lease in leases if (wanted := lease.wanted(now)) > 0]
        if spent:
            decisions, granted = await self._limiter.take([(lease.quota, wanted) for lease, wanted in spent])
            if not decisions[0].allowed:
                return tightest(decisions)
            for (lease, _), decision, permits in zip(spent, decisions, granted, strict=True):
                lease.fill(permits, decision, now)
        return _use(leases, now)

    def decide_at_once(self, *quotas: Quota) -> RateDecision | None:
        """Take one permit from the lease of every quota, which allows the operation; None, and none is taken, where one is spent."""
        leases, now = [self._lease_of(quota) for quota in quotas], self._monotonic()
        return _use(leases, now) if all(lease.has_permits(now) for lease in leases) else None

    def _lease_of(self, quota: Quota) -> _Lease:
        lease = self._leases.get(quota.key)
        if lease is None or (lease.quota is not quota and lease.quota != quota):
            lease = self._leases[quota.key] = _Lease(quota)
            if len(self._leases) > self.CAPACITY:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(quota.key)
        return lease


def _use(leases: list[_Lease], now: float) -> RateDecision:
    """Use a permit of each lease; return the decision of the tightest."""
    _, quota, backlog = min([lease.use(now) for lease in leases], key=_LEFT)
    return decision_of(quota, backlog, allowed=True)
