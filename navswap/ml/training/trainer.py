"""Trains a model on a history: the parts in order of time, head by head."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from navswap.ml.beside import Beside
from navswap.ml.calibration import (
    Calibration,
    conformal_widths,
    fit_temperature,
    isotonic_knots,
    residual_widths,
)
from navswap.ml.features import matrix
from navswap.ml.forecasting import Widths, survival_outputs
from navswap.ml.history import Floats, History, Rows, View
from navswap.ml.spec import Head, HeadKind, ModelSpec, Span, Targets
from navswap.ml.split import Split, split
from navswap.ml.training.growing import Part, Run, Settings, grow
from navswap.ml.training.tuning import choose_settings
from navswap.ml.trees import Trees


class NothingToLearnError(ValueError):
    """The history holds no outcome that a model could learn from in one of the parts; the message names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How hard a training tries: settings tried for each head, the seed of all chance, threads of the learners."""

    trials: int = 8
    seed: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class TrainedHead:
    """What was learnt of one target."""

    head: Head
    trees: tuple[Trees, ...]
    calibration: Calibration
    settings: Settings
    rounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows of a part, their matrix, and what came of them."""

    rows: Rows
    features: NDArray[np.float64]
    came: Targets

    def part(self, head: Head) -> Part:
        """Return the rows whose target is known."""
        came = self.came[head.name]
        known = ~np.isnan(came)
        return (self.features, came) if known.all() else (self.features[known], came[known])

    def horizons(self, head: Head) -> "NDArray[np.int64]":
        """Return the horizons of the rows whose target is known."""
        return self.rows.horizon_ms[~np.isnan(self.came[head.name])]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model that has not been judged yet."""

    spec: ModelSpec
    split: Split
    heads: tuple[TrainedHead, ...]
    baseline_widths: Mapping[str, Mapping[str, Widths]]
    """By baseline, then by the name of a quantile head."""
    rows: int


def asked(spec: ModelSpec, history: History, span: Span) -> Asked:
    """Return the questions of a span with their features and what came."""
    rows = spec.ask(history, span)
    return Asked(rows, matrix(spec, history, rows), spec.came(history, rows))


def train(
    spec: ModelSpec,
    history: History,
    span: Span,
    options: Options,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train all heads of a model; raises TooShortHistoryError, NothingToLearnError.

    Settings are chosen on the validation part; the trees that stay learn from it, too. Bands and probabilities are calibrated
    on the days after, of which no tree has seen anything.
    """
    parts = split(span, spec.memory, spec.gap)
    learnt, validated = asked(spec, history, parts.train), asked(spec, history, parts.validation)
    calibrated = asked(spec, history, parts.calibration)
    heads = []
    for head in spec.heads:
        for name, part in (("train", learnt), ("validation", validated), ("calibration", calibrated)):
            if not len(part.part(head)[1]):
                raise NothingToLearnError(f"{spec.name}: the {name} part of the history has no {head.name}.")
        progress(head.name)
        heads.append(_train_head(head, spec.beside_of(head), learnt, validated, calibrated, options))
    return Trained(spec, parts, tuple(heads), _baseline_widths(spec, history, calibrated), len(learnt.rows))


def _train_head(
    head: Head, beside: Beside, learnt: Asked, validated: Asked, calibrated: Asked, options: Options
) -> TrainedHead:
    train_part, validation_part = (
        _learnable(beside, learnt.part(head)),
        _learnable(beside, validated.part(head)),
    )
    settings = choose_settings(
        head,
        train_part,
        validation_part,
        trials=options.trials,
        seed=options.seed,
        threads=options.threads,
    )
    whole = (
        np.vstack((train_part[0], validation_part[0])),
        np.concatenate((train_part[1], validation_part[1])),
    )
    levels: tuple[float | None, ...] = head.levels or (None,)
    trees, rounds = [], []
    run = Run(options.seed, threads=options.threads)
    for level in levels:
        best = grow(head, level, train_part, validation_part, settings, run)
        final = grow(head, level, whole, None, settings, replace(run, rounds=best.rounds))
        trees.append(Trees(final.trees.learner, final.trees.booster, beside))
        rounds.append(best.rounds)
    calibration = _calibrate(head, trees, calibrated, settings)
    return TrainedHead(head, tuple(trees), calibration, settings, tuple(rounds))


def _learnable(beside: Beside, part: Part) -> Part:
    """Return the rows with the difference that is learnt in place of what came."""
    features, came = part
    return features, beside.difference(features, came)


def _calibrate(head: Head, trees: list[Trees], calibrated: Asked, settings: Settings) -> Calibration:
    features, came = calibrated.part(head)
    raw = [tree.predict(features) for tree in trees]
    match head.kind:
        case HeadKind.QUANTILES:
            quantiles = np.sort(np.column_stack(raw), axis=1)
            scale = trees[0].beside.scale_of(features)
            return Calibration(
                widths=conformal_widths(
                    quantiles / scale[:, None], head.levels, came / scale, calibrated.horizons(head)
                )
            )
        case HeadKind.PROBABILITY:
            return Calibration(knots=isotonic_knots(raw[0], came))
        case HeadKind.CLASSES:
            return Calibration(temperature=fit_temperature(raw[0], came.astype(np.int64)))
        case HeadKind.SURVIVAL:
            return _calibrate_survival(head, raw[0], came, settings.sigma)
        case _:
            return Calibration()


def _calibrate_survival(head: Head, median_days: Floats, came: Floats, sigma: float) -> Calibration:
    """Map the survival of the horizon to how often it was survived, by rows of which that is known."""
    days = np.abs(came)
    known = (came > 0) | (days >= head.horizon_days)
    if not known.any():
        return Calibration(sigma=sigma)
    _, survival = survival_outputs(head, median_days[known], sigma).values()
    survived = (days[known] >= head.horizon_days).astype(np.float64)
    return Calibration(sigma=sigma, knots=isotonic_knots(survival, survived))


def _baseline_widths(spec: ModelSpec, history: History, calibrated: Asked) -> dict[str, dict[str, Widths]]:
    view = View(history, calibrated.rows)
    found: dict[str, dict[str, Widths]] = {}
    for baseline in spec.baselines:
        said = baseline.forecast(view)
        found[baseline.name] = {
            head.name: _residuals(head, said[head.name], calibrated)
            for head in spec.heads
            if head.kind is HeadKind.QUANTILES and head.name in said
        }
    return found


def _residuals(head: Head, points: Floats, calibrated: Asked) -> Widths:
    known = ~np.isnan(calibrated.came[head.name]) & ~np.isnan(points)
    return residual_widths(
        points[known], head.levels, calibrated.came[head.name][known], calibrated.rows.horizon_ms[known]
    )
