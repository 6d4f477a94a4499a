"""What a live run is measured by: operations, refusals, failures, waits, and whether each second has its event."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

KEPT = 4_000
"""Newest durations kept of each kind; quantiles are of these."""
QUIET_SHOWN = 60
"""So many of the first quiet seconds are listed in a report."""
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
    """Counts of one run. Times are seconds of `clock`, waits are minutes of the agents' lives.

    A second of the run is quiet where nothing happened in it; those before the first event and the present one are not counted.
    """

    began: float = field(default_factory=time.monotonic)
    clock: Callable[[], float] = time.monotonic
    operations: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    swaps: int = 0
    lost_swaps: int = 0
    signed_in: int = 0
    riding: int = 0
    seconds_with_events: int = 0
    largest_gap_seconds: float = 0.0
    """Between two events, one after the other."""
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
    _first_event: float | None = None
    _last_event: float | None = None
    _quiet: list[int] = field(default_factory=list)

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
        now = self.clock()
        self._note_moment(now)
        self.events[kind] += count
        self._recent_events.extend([now] * count)
        if kind == "swap":
            self.swaps += count
            self._recent_swaps.append(now)

    def _note_moment(self, now: float) -> None:
        """Note that something happened, and the quiet seconds before it."""
        if self._last_event is None:
            self._first_event = now
            self.seconds_with_events = 1
        else:
            self._quiet += self._seconds_between(self._last_event, now)
            self.largest_gap_seconds = max(self.largest_gap_seconds, now - self._last_event)
            self.seconds_with_events += self._second(now) != self._second(self._last_event)
        self._last_event = now

    def _second(self, moment: float) -> int:
        return int(moment - self.began)

    def _seconds_between(self, before: float, after: float) -> range:
        """Return the seconds of the run that lie between those of two moments."""
        return range(self._second(before) + 1, self._second(after))

    def quiet_seconds(self) -> list[int]:
        """Return the seconds of the run, from 0, in which nothing happened."""
        if self._last_event is None:
            return []
        return [*self._quiet, *self._seconds_between(self._last_event, self.clock())]

    def watched(self, age_seconds: float) -> None:
        """Note what the control room saw."""
        self.views += 1
        self.ages.append(age_seconds)

    def seconds(self) -> float:
        """Return how long the run has lasted."""
        return self.clock() - self.began

    def share_of_seconds_with_events(self) -> float:
        """Return the share of the seconds, from the first event on, in which something happened; 0 before it."""
        if self._first_event is None:
            return 0.0
        seconds = self._second(self.clock()) - self._second(self._first_event) + 1
        return self.seconds_with_events / seconds

    def _largest_gap(self) -> float:
        """Return the longest time without an event from the first one on, the present one included."""
        since = 0.0 if self._last_event is None else self.clock() - self._last_event
        return max(self.largest_gap_seconds, since)

    def swaps_per_minute(self) -> float:
        """Return the rate of the last minute."""
        return self._recent(self._recent_swaps) * 60.0

    def events_per_second(self) -> float:
        """Return the rate of the last minute."""
        return self._recent(self._recent_events)

    def _recent(self, moments: deque[float]) -> float:
        """Return how many there were in a second of the last minute, or since the run began."""
        now = self.clock()
        while moments and moments[0] < now - RECENT_SECONDS:
            moments.popleft()
        return len(moments) / max(1.0, min(RECENT_SECONDS, now - self.began))

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values; latencies in milliseconds, waits in minutes."""
        seconds, quiet = self.seconds(), self.quiet_seconds()
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
            "seconds_without_events": len(quiet),
            "quiet_seconds": quiet[:QUIET_SHOWN],
            "largest_gap_seconds": round(self._largest_gap(), 2),
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
