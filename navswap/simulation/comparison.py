"""Policies compared on the same days: paired differences to the first one, with 95 % confidence intervals.

Two policies that live through one seed meet the same riders, the same weather and the same faults, so that most of what
differs between days cancels out of their difference. Intervals are Student's t of the paired differences; where the
differences are clearly not normal (Shapiro-Wilk, p < 0.05, from eight pairs on), they are bias-corrected and accelerated
bootstrap intervals (9,999 resamples, always the same ones). Each interval is for its own figure: of twenty figures that do
not differ, one will seem to.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from navswap.simulation.kpis import Kpis, plain

CONFIDENCE = 0.95
NORMAL_ABOVE = 0.05
"""The p value of Shapiro and Wilk's test below which differences count as not normal."""
FEWEST_TO_TEST = 8
"""With fewer pairs the test finds next to nothing, and a bootstrap has too little to draw from."""
RESAMPLES = 9_999
HIGHER_IS_BETTER = frozenset({"swaps", "mean_soc_out_percent", "promises_kept_percent"})
LOWER_IS_BETTER = frozenset(
    {
        "lost_percent",
        "mean_ride_minutes",
        "mean_wait_minutes",
        "p90_wait_minutes",
        "stock_out_minutes",
        "km_driven",
        "staff_minutes",
        "energy_cost",
        "soh_lost_percent",
        "credits_paid",
        "refused_holds",
        "charging_regret_percent",
        "rebalancing_regret",
    }
)

Numbers = npt.NDArray[np.float64]
Figures = Mapping[str, float]
"""Figures of a run by name; nan where a run has none, such as the mean wait where no rider was served."""


class Method(StrEnum):
    """How an interval was found."""

    STUDENT_T = "STUDENT_T"
    """Of the mean of paired differences that may be normal."""
    BOOTSTRAP = "BOOTSTRAP"
    """Of the mean of paired differences that are not."""
    CONSTANT = "CONSTANT"
    """All differences are the same; the interval is that number."""
    NONE = "NONE"
    """Fewer than two pairs have the figure."""


class Verdict(StrEnum):
    """What an interval says."""

    BETTER = "BETTER"
    WORSE = "WORSE"
    DIFFERENT = "DIFFERENT"
    """The interval leaves 0 out, and neither direction is better in itself."""
    UNCERTAIN = "UNCERTAIN"
    """0 is in the interval."""
    SAME = "SAME"
    """There is no difference in any pair."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of a policy minus that of the first one, over the `pairs` of runs that both have it.

    `low` and `high` bound the mean difference with 95 % confidence; nan without an interval. `variance_saved` is the share
    of variance that a comparison of unpaired runs would have on top: 1 - var(a - b) / (var(a) + var(b)); negative where
    pairing did harm, nan where neither policy varies.
    """

    mean: float
    low: float
    high: float
    method: Method
    pairs: int
    variance_saved: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """One policy: the means of its figures, and its differences to the first policy (empty for the first one)."""

    policy: str
    means: dict[str, float]
    differences: dict[str, Difference]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Policies over the same seeds, the one that the others are compared to first."""

    seeds: tuple[int, ...]
    standings: tuple[Standing, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the names of the figures, in the order of the runs'."""
        return tuple(self.standings[0].means)

    def as_dict(self) -> dict[str, object]:
        """Return what JSON can hold: nan and infinity become None."""
        written = plain(asdict(self))
        assert isinstance(written, dict)  # noqa: S101 - as what went in
        return written


def compare_kpis(runs: Mapping[str, Sequence[Kpis]], seeds: Sequence[int]) -> Comparison:
    """Return the comparison of policies by the figures of their runs, those of one seed at one place; see `compare`."""
    return compare({policy: [kpis.as_dict() for kpis in of] for policy, of in runs.items()}, seeds)


def compare(runs: Mapping[str, Sequence[Figures]], seeds: Sequence[int]) -> Comparison:
    """Return the comparison of policies by figures of their runs, which stand in the order of `seeds`.

    The first policy is what the others are compared to. Raises ValueError where a policy has more or fewer runs than there
    are seeds, or where there is no policy or no seed.
    """
    if not runs or not seeds:
        raise ValueError("a comparison needs a policy and a seed")
    for policy, of_policy in runs.items():
        if len(of_policy) != len(seeds):
            raise ValueError(f"{policy} has {len(of_policy)} runs for {len(seeds)} seeds")
    columns = {policy: _columns(of_policy) for policy, of_policy in runs.items()}
    first = next(iter(columns.values()))
    standings = []
    for policy, figures in columns.items():
        means = {name: _mean(values) for name, values in figures.items()}
        differences = {} if figures is first else _differences(figures, first)
        standings.append(Standing(policy, means, differences))
    return Comparison(tuple(seeds), tuple(standings))


def difference(policy: Numbers, first: Numbers, figure: str = "") -> Difference:
    """Return the paired difference of two series of the same length; pairs with a nan are left out."""
    has_both = np.isfinite(policy) & np.isfinite(first)
    policy, first = policy[has_both], first[has_both]
    of_pairs = policy - first
    mean = _mean(of_pairs)
    low, high, method = interval(of_pairs)
    return Difference(
        mean,
        low,
        high,
        method,
        len(of_pairs),
        _variance_saved(policy, first),
        _verdict(figure, mean, low, high),
    )


def interval(differences: Numbers) -> tuple[float, float, Method]:
    """Return the bounds of the mean of differences with 95 % confidence, and how they were found."""
    count = len(differences)
    if count < 2:
        return math.nan, math.nan, Method.NONE
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if spread <= 1e-12 * max(1.0, abs(mean)):
        return mean, mean, Method.CONSTANT
    if count >= FEWEST_TO_TEST and not _may_be_normal((differences - mean) / spread):
        low, high = _bootstrapped(differences)
        return low, high, Method.BOOTSTRAP
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * spread / math.sqrt(count)
    return mean - half, mean + half, Method.STUDENT_T


def _may_be_normal(differences: Numbers) -> bool:
    from scipy.stats import shapiro  # noqa: PLC0415 - takes a second to import, and few pairs need none of it

    return bool(shapiro(differences).pvalue >= NORMAL_ABOVE)


def _bootstrapped(differences: Numbers) -> tuple[float, float]:
    from scipy.stats import bootstrap  # noqa: PLC0415 - as above

    found = bootstrap(
        (differences,),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)


def _differences(figures: dict[str, Numbers], first: dict[str, Numbers]) -> dict[str, Difference]:
    return {name: difference(values, first[name], name) for name, values in figures.items() if name in first}


def _columns(runs: Sequence[Figures]) -> dict[str, Numbers]:
    return {name: np.array([run.get(name, math.nan) for run in runs], dtype=float) for name in runs[0]}


def _mean(values: Numbers) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan


def _variance_saved(policy: Numbers, first: Numbers) -> float:
    if len(policy) < 2:
        return math.nan
    unpaired = float(policy.var(ddof=1) + first.var(ddof=1))
    return 1.0 - float((policy - first).var(ddof=1)) / unpaired if unpaired > 0 else math.nan


def _verdict(figure: str, mean: float, low: float, high: float) -> Verdict:
    if low == high == 0.0:
        return Verdict.SAME
    if math.isnan(low) or low <= 0.0 <= high:
        return Verdict.UNCERTAIN
    if figure in HIGHER_IS_BETTER:
        return Verdict.BETTER if mean > 0 else Verdict.WORSE
    if figure in LOWER_IS_BETTER:
        return Verdict.BETTER if mean < 0 else Verdict.WORSE
    return Verdict.DIFFERENT
