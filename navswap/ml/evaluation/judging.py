"""Judges a trained model on the test part, which nothing has looked at before."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from navswap.ml.evaluation.figures import Worth, costs_of, figures_of, worth_of
from navswap.ml.forecasting import Widths, forecast_baseline, forecast_head, served_by_baseline
from navswap.ml.history import Floats, History, View
from navswap.ml.serving import Model
from navswap.ml.spec import HeadKind, ModelSpec, Outputs, Span
from navswap.ml.training.trainer import Asked, NothingToLearnError, Trained, asked

MODEL = "model"
_FIGURES: Final = {
    HeadKind.QUANTILES: "pinball",
    HeadKind.MEAN: "mae",
    HeadKind.PROBABILITY: "log_loss",
    HeadKind.CLASSES: "log_loss",
    HeadKind.SURVIVAL: "brier",
}
"""By which figure a head beside the main one is compared; less is better."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model did on the test part, beside its baselines.

    `figures` and `worth` are by who forecast: "model", each baseline, and of costs "nothing" and "oracle". Savings are against
    the baseline that would be served. `coverage` is that of quantile heads by what rows are grouped by.
    """

    figures: Mapping[str, Mapping[str, float]]
    worth: Mapping[str, Worth]
    coverage: Mapping[str, Mapping[str, float]]
    rows: int
    reasons: tuple[str, ...]
    """Why the baseline is served; empty where the model is."""
    baseline_heads: tuple[str, ...] = ()
    """Heads beside the main one that lose: the baseline answers in their place, also where the model is served."""

    @property
    def serves_model(self) -> bool:
        """Return whether the model is good enough to be asked."""
        return not self.reasons


def judge(trained: Trained, history: History) -> Verdict:
    """Compare a model that was just trained to its baselines, on its test part."""
    test = asked(trained.spec, history, trained.split.test)
    return compare(trained.spec, history, test, outputs_of(trained, test), trained.baseline_widths)


def judge_served(model: Model, history: History, span: Span) -> Verdict:
    """Compare a model that is served to its baselines, on the days of a span that it has not learnt from.

    Raises NothingToLearnError where the span holds no question, or the model was never trained.
    """
    if model.manifest is None:
        raise NothingToLearnError(f"{model.spec.name} has not been trained.")
    begin_ms = max(span.begin_ms, model.manifest.window["calibration_end_ms"])
    test = asked(model.spec, history, Span(begin_ms, span.end_ms))
    if not len(test.rows):
        raise NothingToLearnError(
            f"{model.spec.name}: the history has no later days than it has learnt from."
        )
    own = model.outputs_of(test.features, test.rows)
    return compare(model.spec, history, test, own, model.manifest.baseline_widths)


def compare(
    spec: ModelSpec,
    history: History,
    test: Asked,
    own: Outputs,
    widths: Mapping[str, Mapping[str, Widths]],
) -> Verdict:
    """Compare outputs to those of the baselines in figures and in money, each decided on the same rows."""
    outputs: dict[str, Outputs] = {MODEL: own}
    view = View(history, test.rows)
    for baseline in spec.baselines:
        outputs[baseline.name] = forecast_baseline(spec, baseline, view, widths.get(baseline.name, {}))
    served = spec.baselines[-1].name
    losing = _losing_heads(spec, *(figures_of(spec, outputs[name], test.came) for name in (MODEL, served)))
    outputs[MODEL] = {**own, **served_by_baseline(spec, losing, outputs[served])}
    figures = {name: figures_of(spec, forecast, test.came) for name, forecast in outputs.items()}
    costs = costs_of(spec, test.rows, test.came, outputs)
    worth = {name: worth_of(cost, costs[served], test.rows.as_of_ms) for name, cost in costs.items()}
    reasons = _reasons(spec, figures, worth[MODEL])
    coverage = _coverage(spec, outputs[MODEL], test)
    return Verdict(figures, worth, coverage, len(test.rows), reasons, losing)


def outputs_of(trained: Trained, part: Asked) -> dict[str, Floats]:
    """Return all outputs of a trained model for the rows of a part."""
    outputs: dict[str, Floats] = {}
    for learnt in trained.heads:
        outputs |= forecast_head(
            learnt.head, learnt.trees, learnt.calibration, part.features, part.rows.horizon_ms
        )
    return outputs


def _losing_heads(spec: ModelSpec, own: Mapping[str, float], served: Mapping[str, float]) -> tuple[str, ...]:
    """Return the heads that forecast no better than the served baseline; the main one has a verdict of its own."""
    main = spec.metric.partition(".")[0]
    names = {head.name: f"{head.name}.{_FIGURES[head.kind]}" for head in spec.heads if head.name != main}
    return tuple(head for head, figure in names.items() if own.get(figure, inf) >= served.get(figure, inf))


def _reasons(spec: ModelSpec, figures: Mapping[str, Mapping[str, float]], worth: Worth) -> tuple[str, ...]:
    reasons = []
    own = figures[MODEL].get(spec.metric, float("nan"))
    for baseline in spec.baselines:
        other = figures[baseline.name].get(spec.metric, float("nan"))
        is_better = own > other if spec.more_is_better else own < other
        if not is_better and not np.isnan(other):
            reasons.append(f"{spec.metric} {own:.4g} is no better than {other:.4g} of {baseline.name}")
    if np.isnan(own):
        reasons.append(f"the test part has nothing to judge {spec.metric} by")
    if not worth.is_clear:
        reasons.append(
            f"a decision saves {worth.saving:.4g} ({worth.saving_low:.4g} to {worth.saving_high:.4g}), "
            "not clear of zero"
        )
    return tuple(reasons)


def _coverage(spec: ModelSpec, outputs: Outputs, test: Asked) -> dict[str, dict[str, float]]:
    hours = (test.rows.target_ms() // 3_600_000 % 24).astype(int)
    minutes = (test.rows.horizon_ms // 60_000).astype(int)
    found: dict[str, dict[str, float]] = {}
    for head in spec.heads:
        if head.kind is not HeadKind.QUANTILES:
            continue
        came = test.came[head.name]
        low, high = outputs[head.outputs[0]], outputs[head.outputs[-1]]
        known = ~np.isnan(came)
        inside = ((came >= low) & (came <= high)).astype(np.float64)
        for label, groups in (("hour", hours), ("horizon", minutes)):
            found[f"{head.name} by {label}"] = {
                str(group): float(inside[known & (groups == group)].mean())
                for group in np.unique(groups[known])
            }
    return found
