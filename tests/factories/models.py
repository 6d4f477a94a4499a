"""Models that serve: small trees that were grown on what the test says, so that a decision shows what it was answered."""

from collections.abc import Mapping
from datetime import timedelta
from math import isnan, nan
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.ml.calibration import Calibration
from navswap.ml.catalog import CATALOG
from navswap.ml.history import Floats
from navswap.ml.history.reading import Known
from navswap.ml.registry import HeadFiles, Manifest
from navswap.ml.serving import Model, Models
from navswap.ml.spec import Head, HeadKind, Learner, ModelSpec
from navswap.ml.trees import Trees
from navswap.runtime import Runtime

Answer = float | str
"""What an output is: a number, or the value of a feature, by its name."""
MOST = 40
"""Up to which whole number an output follows a feature."""


def a_known_swap(runtime: Runtime, station_id: str) -> None:
    """Let a process know now of a swap at a station."""
    moment = epoch_milliseconds(runtime.clock.now())
    made = {"station_id": station_id, "packs_in": [], "packs_out": [{}], "walk_in": False}
    runtime.forecaster.history.history.take(Known("swapping.swap.completed", moment, moment), {"swap": made})


def to_the_hour(clock: ManualClock) -> None:
    """Let time pass until the next full hour."""
    now = clock.now()
    clock.advance(now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) - now)


async def serve_model(
    runtime: Runtime, name: str, answers: Mapping[str, Answer], *, serves_model: bool = True
) -> str:
    """Let a model of a process serve, on the history that the outbox holds; return its name and version.

    `answers` are by the name of the output; of a head of classes by that of the class, in shares of 1. NaN is an answer that
    only a broken calibration gives.
    """
    await runtime.forecaster.history.read_past()
    runtime.forecaster.least_days = float("-inf")  # the history of a test is minutes long
    spec = CATALOG[name]
    trees = {head.name: _grown(spec, head, answers) for head in spec.heads}
    heads = {head.name: HeadFiles((), _calibration(head, answers)) for head in spec.heads}
    blank = Manifest(
        name=name, version="test-1", features=spec.feature_names, outputs=(), heads=heads, baseline_widths={},
        serves_model=serves_model, reasons=(), figures={}, worth={}, coverage={}, window={}, rows={},
        source="made up", seed=1, libraries={}, digests={},
    )  # fmt: skip
    models = {other: runtime.forecaster.model(other) for other in CATALOG}
    runtime.forecaster._models = Models(models | {name: Model(spec, blank, trees)})
    return f"{name} test-1"


def _calibration(head: Head, answers: Mapping[str, Answer]) -> Calibration:
    said = [answers.get(name, 0.0) for name in (*head.outputs, *head.classes)]
    if not any(isinstance(answer, float) and isnan(answer) for answer in said):
        return Calibration()
    return Calibration({"all": (nan,) * len(head.outputs)}, ((0.0, 1.0), (nan, nan)), temperature=nan)


def _grown(spec: ModelSpec, head: Head, answers: Mapping[str, Answer]) -> list[Trees]:
    if head.kind is HeadKind.CLASSES:
        shares = np.array([np.nan_to_num(float(answers.get(label, 0.0))) for label in head.classes])
        drawn = np.repeat(np.arange(len(shares)), np.round(1_000 * shares).astype(int))
        settings = {"objective": "multiclass", "num_class": len(shares)}
        return [
            Trees(Learner.LIGHTGBM, _boosted(np.zeros((len(drawn), len(spec.features))), drawn, settings))
        ]
    outputs = head.outputs if head.kind is HeadKind.QUANTILES else (head.name,)
    return [_tree(spec, answers.get(output, 0.0)) for output in outputs]


def _tree(spec: ModelSpec, answer: Answer) -> Trees:
    values = np.repeat(np.arange(MOST + 1.0), 4)
    matrix = np.zeros((len(values), len(spec.features)))
    if isinstance(answer, str):
        matrix[:, spec.feature_names.index(answer)] = values
        return Trees(Learner.LIGHTGBM, _boosted(matrix, values, {"objective": "regression"}))
    return Trees(
        Learner.LIGHTGBM,
        _boosted(matrix, np.full(len(values), np.nan_to_num(answer)), {"objective": "regression"}),
    )


def _boosted(matrix: Floats, targets: NDArray[Any], settings: Mapping[str, object]) -> lightgbm.Booster:
    exact = {
        "learning_rate": 1.0,
        "num_leaves": 64,
        "min_data_in_leaf": 1,
        "min_data_in_bin": 1,
        "lambda_l2": 0.0,
    }
    quiet = {"verbosity": -1, "num_threads": 1, "deterministic": True, "feature_pre_filter": False}
    data = lightgbm.Dataset(matrix, targets)
    return lightgbm.train({**exact, **quiet, **settings}, data, num_boost_round=2)
