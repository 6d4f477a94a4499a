"""Two ways to do the same, measured in turns: NavSwap, the reference, NavSwap, the reference."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from navswap.bench.load import Round
from navswap.bench.statistics import Latency, Spread, ratios

WARM_UP_SECONDS = 0.5
"""Load before the first round that counts: connections open, caches fill, code is compiled."""

Contender = Callable[[float], Awaitable[Round]]
"""Makes everything ready, then works under load for a number of seconds."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How each round is run; each caller pauses for `pause_seconds` after an answer."""

    rounds: int
    seconds: float
    concurrency: int
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Side:
    """The figures of one side: its rate over rounds, and the latency of all its operations."""

    name: str
    per_second: Spread
    latency: Latency


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of a contest; `ratio` is our rate over that of the reference."""

    name: str
    counted: str
    candidate: Side
    reference: Side
    ratio: Spread


@dataclass(slots=True)
class Contest:
    """A contest between a use case and its reference.

    One operation counts as `size` of what is `counted`: a report of 20 points as 20 points.
    """

    name: str
    counted: str
    candidate: tuple[str, Contender]
    reference: tuple[str, Contender]
    size: int = 1
    _rounds: tuple[list[Round], list[Round]] = field(default_factory=lambda: ([], []))

    async def warm_up(self, seconds: float) -> None:
        """Run both sides for nothing."""
        for _, contender in (self.candidate, self.reference):
            await contender(seconds)

    async def run_round(self, seconds: float) -> None:
        """Run both sides, NavSwap first."""
        for (_, contender), rounds in zip((self.candidate, self.reference), self._rounds, strict=True):
            rounds.append(await contender(seconds))

    def result(self) -> Comparison:
        """Return the figures of the rounds that were run, at least one."""
        candidate, reference = (self._rates(rounds) for rounds in self._rounds)
        return Comparison(
            name=self.name,
            counted=self.counted,
            candidate=Side(self.candidate[0], Spread.of(candidate), _latency(self._rounds[0])),
            reference=Side(self.reference[0], Spread.of(reference), _latency(self._rounds[1])),
            ratio=ratios(candidate, reference),
        )

    def _rates(self, rounds: Sequence[Round]) -> list[float]:
        return [self.size * each.per_second for each in rounds]


async def hold_contests(contests: Sequence[Contest], pace: Pace, progress: Progress) -> list[Comparison]:
    """Warm everything up, then run all contests once in every round; `progress` gets a line for each round."""
    for contest in contests:
        await contest.warm_up(min(WARM_UP_SECONDS, pace.seconds))
    for number in range(1, pace.rounds + 1):
        progress(f"Round {number} of {pace.rounds}")
        for contest in contests:
            await contest.run_round(pace.seconds)
    return [contest.result() for contest in contests]


def _latency(rounds: Sequence[Round]) -> Latency:
    return Latency.of([seconds for each in rounds for seconds in each.latencies])
