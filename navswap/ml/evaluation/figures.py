"""The figures of outputs, head by head, and what decisions on them cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from navswap.ml import metrics
from navswap.ml.history import Floats, Integers, Rows
from navswap.ml.spec import DAY, Head, HeadKind, ModelSpec, Outputs, Targets

_RESAMPLES: Final = 2_000
_DAY_MS: Final = DAY // timedelta(milliseconds=1)
_LEAST_SPREAD: Final = 1e-9


def figures_of(spec: ModelSpec, outputs: Outputs, came: Targets) -> dict[str, float]:
    """Return all figures of some outputs, named `head.figure`; rows whose target is unknown are left out."""
    found: dict[str, float] = {}
    for head in spec.heads:
        known = ~np.isnan(came[head.name])
        target = came[head.name][known]
        if not len(target):
            continue
        columns = np.column_stack([outputs[name][known] for name in head.outputs])
        found |= {f"{head.name}.{name}": value for name, value in _of_head(head, columns, target).items()}
    return found


def _of_head(head: Head, columns: Floats, came: Floats) -> dict[str, float]:
    match head.kind:
        case HeadKind.QUANTILES:
            middle = columns[:, head.levels.index(0.5)]
            return {
                "mae": metrics.mean_absolute_error(middle, came),
                "rmse": metrics.root_mean_squared_error(middle, came),
                "pinball": metrics.pinball_loss(columns, head.levels, came),
                "coverage": metrics.coverage(columns[:, 0], columns[:, -1], came),
                "below_highest": float((came <= columns[:, -1]).mean()),
                "width": float((columns[:, -1] - columns[:, 0]).mean()),
            }
        case HeadKind.PROBABILITY:
            return {
                "pr_auc": metrics.average_precision(columns[:, 0], came),
                "brier": metrics.brier_score(columns[:, 0], came),
                "log_loss": metrics.log_loss(columns[:, 0], came),
                "calibration_error": metrics.calibration_error(columns[:, 0], came),
                "rate": float(came.mean()),
            }
        case HeadKind.CLASSES:
            classes = came.astype(np.int64)
            return {
                "top1": metrics.top_share(columns, classes, 1),
                "top2": metrics.top_share(columns, classes, 2),
                "log_loss": metrics.class_log_loss(columns, classes),
            }
        case HeadKind.SURVIVAL:
            return _of_survival(head, columns, came)
        case _:
            return {
                "mae": metrics.mean_absolute_error(columns[:, 0], came),
                "rmse": metrics.root_mean_squared_error(columns[:, 0], came),
            }


def _of_survival(head: Head, columns: Floats, came: Floats) -> dict[str, float]:
    days, is_event = np.abs(came), came > 0
    is_settled = is_event | (days >= head.horizon_days)
    survived = (days[is_settled] >= head.horizon_days).astype(np.float64)
    return {
        "c_index": metrics.concordance(-columns[:, 0], days, is_event),
        "brier": metrics.brier_score(columns[is_settled, 1], survived) if len(survived) else float("nan"),
        "survived": float(survived.mean()) if len(survived) else float("nan"),
    }


@dataclass(frozen=True, slots=True)
class Worth:
    """What decisions came to: mean cost a decision, and its saving against another with a 95 % interval."""

    cost: float
    saving: float = 0.0
    saving_low: float = 0.0
    saving_high: float = 0.0

    @property
    def is_clear(self) -> bool:
        """Return whether it saves more than chance would explain."""
        return self.saving_low > _LEAST_SPREAD


def costs_of(spec: ModelSpec, rows: Rows, came: Targets, outputs: Mapping[str, Outputs]) -> dict[str, Floats]:
    """Return the cost of each row's decision: by each of some outputs, by doing nothing, and by knowing what came."""
    stakes = spec.stakes
    costs = {name: stakes.cost(stakes.decide(forecast), came) for name, forecast in outputs.items()}
    costs["nothing"] = stakes.cost(stakes.idle(rows), came)
    costs["oracle"] = stakes.cost(stakes.best(came), came)
    return costs


def worth_of(costs: Floats, reference: Floats, as_of_ms: Integers) -> Worth:
    """Return what one way of deciding saves against another: a bootstrap over whole days, for hours are no islands."""
    known = ~np.isnan(costs) & ~np.isnan(reference)
    saved, days = (reference - costs)[known], (as_of_ms[known] // _DAY_MS).astype(np.int64)
    if not len(saved):
        return Worth(float("nan"))
    _, place = np.unique(days, return_inverse=True)
    totals, counts = np.bincount(place, weights=saved), np.bincount(place)
    drawn = np.random.default_rng(0).integers(0, len(totals), size=(_RESAMPLES, len(totals)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Worth(float(costs[known].mean()), float(saved.mean()), float(low), float(high))
