"""What a bench reports."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from navswap.bench.contest import Comparison, Side
from navswap.bench.machine import Machine
from navswap.bench.statistics import Latency, Spread


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something took that has no reference, in milliseconds."""

    name: str
    latency: Latency


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one bench, and where they come from."""

    bench: str
    machine: Machine
    options: dict[str, float]
    comparisons: list[Comparison]
    delays: list[Delay]
    observed: dict[str, float] = field(default_factory=dict)
    """What else was seen of the processes, by what it is, its unit included."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values by the names of the fields."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield all of it for a person."""
        yield from _machine(self.machine)
        yield ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in self.options.items())
        for comparison in self.comparisons:
            yield f"\n{comparison.name}"
            yield _side(comparison.candidate, comparison.counted)
            yield _side(comparison.reference, comparison.counted)
            yield f"  {'ratio, round by round':<44} {_spread(comparison.ratio, '.2f')}"
        if self.delays:
            yield ""
        for delay in self.delays:
            yield f"  {delay.name:<68} {_latency(delay.latency)}"
        for name, value in self.observed.items():
            yield f"  {name:<68} {value:.1f}"
        yield f"\n{self._noise()}"

    def _noise(self) -> str:
        shared = "Client and servers share the cores"
        rates = [
            side.per_second
            for compared in self.comparisons
            for side in (compared.candidate, compared.reference)
        ]
        if not rates:
            return f"{shared}: another run on a machine with other work gives other figures."
        if self.options["rounds"] == 1:
            return (
                f"{shared}, and one round does not show how much the figures move: give --rounds 5 or more."
            )
        worst = max(rate.noise for rate in rates)
        return (
            f"In brackets the least and the greatest of the rounds. {shared}, and a rate moved by up to {worst:.0%} "
            "of its median: trust the ratios of one run before its rates, and its rates before those of two runs."
        )


def _machine(machine: Machine) -> Iterator[str]:
    yield (
        f"{machine.system}, {machine.cores} cores, load {machine.load:g} before the start, "
        f"Python {machine.python} on {machine.event_loop}"
    )
    yield ", ".join(f"{name} {version}" for name, version in (machine.servers | machine.libraries).items())


def _side(side: Side, counted: str) -> str:
    rate = f"{_spread(side.per_second, '.0f')} {counted}/s"
    return f"  {side.name:<44} {rate:<34} {_latency(side.latency)}"


def _spread(spread: Spread, shape: str) -> str:
    return f"{spread.median:{shape}} ({spread.least:{shape}} to {spread.greatest:{shape}})"


def _latency(latency: Latency) -> str:
    return (
        f"p50 {latency.p50_milliseconds:7.1f} ms   p99 {latency.p99_milliseconds:7.1f} ms   "
        f"n {latency.operations}"
    )
