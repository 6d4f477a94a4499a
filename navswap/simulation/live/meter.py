"""What a live run is measured by: operations, refusals, failures, waits, and whether each second has its event."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

KEPT = 4_000
"""Newest durations kept of each kind; quantiles are of these."""
RECENT_SECONDS = 60.0
"""The span of a recent rate."""


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the smallest value that `share` of the values do not exceed; None of no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _durations() -> deque[float]:
    return deque(maxlen=KEPT)


@dataclass(slots=True)
class Meter:
    """Counts of one run. Times are seconds of `time.monotonic`, waits are minutes of the agents' lives."""

    began: float = field(default_factory=time.monotonic)
    operations: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    swaps: int = 0
    lost_swaps: int = 0
    signed_in: int = 0
    riding: int = 0
    seconds_with_events: int = 0
    waits: deque[float] = field(default_factory=_durations)
    charges: deque[float] = field(default_factory=_durations)
    """Of packs that riders got, in %."""
    latencies: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(_durations))
    views: int = 0
    """Moments that the control room saw; no events of the network."""
    ages: deque[float] = field(default_factory=_durations)
    """How old they were when they came, in seconds."""
    _recent_swaps: deque[float] = field(default_factory=deque)
    _recent_events: deque[float] = field(default_factory=deque)
    _last_second: int = -1
    _first_event: float | None = None

    def answered(self, operation: str, seconds: float) -> None:
        """Note an answer of the server, a refusal too."""
        self.operations[operation] += 1
        self.latencies[operation].append(seconds)

    def refused(self, operation: str, code: str) -> None:
        """Note an expected refusal."""
        self.refusals[f"{operation} {code}"] += 1

    def failed(self, what: str) -> None:
        """Note what should not happen: no answer, a server error, an agent that had to begin again."""
        self.failures[what] += 1

    def happened(self, kind: str, count: int = 1) -> None:
        """Note changes of the network that a watcher can see."""
        if count < 1:
            return
        now = time.monotonic()
        self._first_event = self._first_event or now
        self.events[kind] += count
        self._recent_events.extend([now] * count)
        second = int(now - self.began)
        if second != self._last_second:
            self._last_second = second
            self.seconds_with_events += 1
        if kind == "swap":
            self.swaps += count
            self._recent_swaps.append(now)

    def watched(self, age_seconds: float) -> None:
        """Note what the control room saw."""
        self.views += 1
        self.ages.append(age_seconds)

    def seconds(self) -> float:
        """Return how long the run has lasted."""
        return time.monotonic() - self.began

    def share_of_seconds_with_events(self) -> float:
        """Return the share of the seconds, from the first event on, in which something happened; 0 before it."""
        if self._first_event is None:
            return 0.0
        seconds = int(time.monotonic() - self.began) - int(self._first_event - self.began) + 1
        return self.seconds_with_events / seconds

    def swaps_per_minute(self) -> float:
        """Return the rate of the last minute."""
        return self._recent(self._recent_swaps) * 60.0

    def events_per_second(self) -> float:
        """Return the rate of the last minute."""
        return self._recent(self._recent_events)

    def _recent(self, moments: deque[float]) -> float:
        """Return how many there were in a second of the last minute, or since the run began."""
        now = time.monotonic()
        while moments and moments[0] < now - RECENT_SECONDS:
            moments.popleft()
        return len(moments) / max(1.0, min(RECENT_SECONDS, now - self.began))

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values; latencies in milliseconds, waits in minutes."""
        seconds = self.seconds()
        return {
            "seconds": round(seconds, 1),
            "swaps": self.swaps,
            "swaps_per_minute": round(self.swaps / max(seconds, 1.0) * 60.0, 2),
            "lost_swaps": self.lost_swaps,
            "charge_out_percent": round(mean(self.charges), 1) if self.charges else None,
            "wait_minutes": {"p50": quantile(self.waits, 0.5), "p90": quantile(self.waits, 0.9)},
            "events": dict(self.events.most_common()),
            "events_per_second": round(sum(self.events.values()) / max(seconds, 1.0), 2),
            "seconds_with_events_share": round(self.share_of_seconds_with_events(), 3),
            "operations": dict(self.operations.most_common()),
            "operations_per_second": round(sum(self.operations.values()) / max(seconds, 1.0), 2),
            "refusals": dict(self.refusals.most_common()),
            "failures": dict(self.failures.most_common()),
            "latency_milliseconds": {
                name: {
                    "p50": _milliseconds(quantile(kept, 0.5)),
                    "p99": _milliseconds(quantile(kept, 0.99)),
                }
                for name, kept in sorted(self.latencies.items())
            },
            "control_room": {
                "moments": self.views,
                "age_seconds": {"p50": quantile(self.ages, 0.5), "p99": quantile(self.ages, 0.99)},
            },
            "accounts_signed_in": self.signed_in,
        }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000.0, 1)
