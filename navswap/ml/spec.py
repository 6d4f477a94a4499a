"""What a model is, before anything is learnt: its target, its features, its baselines, and the decision that it serves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from navswap.ml.beside import Beside
from navswap.ml.history import Floats, History, Rows, View, rows_at

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)

Outputs = Mapping[str, Floats]
"""What is forecast of each row, by the name of the output (`Head.outputs`)."""
Targets = Mapping[str, Floats]
"""What came, by the name of the head; NaN where that is not known.

A class is its number in `Head.classes`. The days of a survival are negative where the event had not come when they ended.
"""


class Learner(StrEnum):
    """The library that learns."""

    LIGHTGBM = "LIGHTGBM"
    XGBOOST = "XGBOOST"


class HeadKind(StrEnum):
    """What a head says of its target."""

    QUANTILES = "QUANTILES"
    """Values that are exceeded with some probabilities."""
    MEAN = "MEAN"
    """The expected value."""
    PROBABILITY = "PROBABILITY"
    """The calibrated probability that it happens."""
    CLASSES = "CLASSES"
    """The probability of each of some classes."""
    SURVIVAL = "SURVIVAL"
    """The median time until it happens, and the probability that it has not within the horizon."""


@dataclass(frozen=True, slots=True)
class Head:
    """One target of a model: its unit, its bounds, and how it is learnt.

    `objective` is what the learner minimises, by the learner's own name for it. Forecasts are kept within `lowest` and
    `highest`. `levels` belong to quantiles, `classes` to classes, `horizon_days` to a survival. Of quantiles and means, `base`
    names the feature to which the trees learn the difference, so that they need not learn it again by steps. Of quantiles,
    `scale` names the feature in whose units difference and band are, so that what is learnt of small ones holds for large ones.
    """

    name: str
    kind: HeadKind
    learner: Learner
    unit: str
    says: str
    objective: str = ""
    levels: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    horizon_days: float = 0.0
    lowest: float | None = None
    highest: float | None = None
    base: str = ""
    scale: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Return the names of what it forecasts."""
        match self.kind:
            case HeadKind.QUANTILES:
                return tuple(f"{self.name}_p{round(100 * level)}" for level in self.levels)
            case HeadKind.CLASSES:
                return tuple(f"{self.name}_{label}" for label in self.classes)
            case HeadKind.SURVIVAL:
                return (f"{self.name}_days", f"{self.name}_survival")
            case _:
                return (self.name,)


@dataclass(frozen=True, slots=True)
class Feature:
    """A number that a model looks at: its name in the matrix, and what people read of it.

    `lowest` and `highest` bound what a what-if question may give for it.
    """

    name: str
    label: str
    unit: str = ""
    lowest: float = float("-inf")
    highest: float = float("inf")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A rule that needs no learning: what the model has to beat.

    `forecast` returns of each head a value a row; of classes one column a class. Of quantiles it is a point, about which a band
    is put by how wrong it was, or each quantile where the rule says them itself.
    """

    name: str
    says: str
    forecast: Callable[[View], Mapping[str, Floats]]


@dataclass(frozen=True, slots=True)
class Stakes:
    """The decision made on the prediction, and what it costs; amounts in currency units.

    `decide` makes a decision of each row's outputs, `cost` says what a decision came to, `best` is the decision of who had
    known the targets, `idle` that of who does nothing.
    """

    decision: str
    decide: Callable[[Outputs], Floats]
    cost: Callable[[Floats, Targets], Floats]
    best: Callable[[Targets], Floats]
    idle: Callable[[Rows], Floats]


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, in milliseconds since 1970: from `begin_ms` on and before `end_ms`."""

    begin_ms: int
    end_ms: int

    @property
    def days(self) -> float:
        """Return its length in days."""
        return (self.end_ms - self.begin_ms) / (DAY / timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelSpec:
    """One of the 13 models, equal to none but itself.

    `features` name the columns that `compute` returns, in the order of the matrix. `ask` makes the questions of a span on
    which it trains; `came` says what came of them, NaN where that was not known at the end of the history. `metric` is the
    figure by which it is compared to `baselines`, of which the first is the naive one and the last is served in its place.
    `memory` is how far back its features look.
    """

    name: str
    root: str
    """The root field of the schema that asks it."""
    title: str
    says: str
    key: str
    """The kind of entity that a row is about."""
    horizons: tuple[timedelta, ...]
    heads: tuple[Head, ...]
    features: tuple[Feature, ...]
    compute: Callable[[View], Mapping[str, Floats]]
    ask: Callable[[History, Span], Rows]
    came: Callable[[History, Rows], Targets]
    baselines: tuple[Baseline, ...]
    stakes: Stakes
    metric: str
    rows_of: Callable[[History, Sequence[str], int, timedelta], Rows] | None = None
    """Makes the rows of ids of the key at a moment, in milliseconds since 1970; None: the key says all."""
    memory: timedelta = 4 * WEEK
    more_is_better: bool = False
    tags: Sequence[str] = field(default=())

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the columns of the matrix."""
        return tuple(feature.name for feature in self.features)

    def ask_of(self, history: History, ids: Sequence[str], as_of_ms: int, horizon: timedelta) -> Rows:
        """Return the rows of some entities at one moment, in the order of their ids, as they are asked in serving."""
        if self.rows_of is not None:
            return self.rows_of(history, ids, as_of_ms, horizon)
        return rows_at(history, {self.key: ids}, as_of_ms, horizon)

    @property
    def gap(self) -> timedelta:
        """Return the longest horizon: how far parts of a split lie apart."""
        return max(self.horizons, default=timedelta(0))

    def beside_of(self, head: Head) -> Beside:
        """Return the columns of the matrix beside which a head learns."""
        names = self.feature_names
        base, scale = (names.index(name) if name else None for name in (head.base, head.scale))
        return Beside(base, scale)

    def head(self, name: str) -> Head:
        """Return a head by its name; raises KeyError."""
        for head in self.heads:
            if head.name == name:
                return head
        raise KeyError(name)
