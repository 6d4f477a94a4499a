"""From a trained and judged model to its folder."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import isnan
from pathlib import Path
from typing import Final

from navswap.ml.evaluation.judging import Verdict
from navswap.ml.registry import HeadFiles, Manifest, write_artefact
from navswap.ml.spec import Span
from navswap.ml.training.trainer import Trained
from navswap.ml.trees import file_names

_LIBRARIES: Final = ("lightgbm", "xgboost-cpu", "xgboost", "numpy", "scipy")


def write_trained(
    trained: Trained, verdict: Verdict, folder: Path, *, window: Span, source: str, seed: int
) -> Manifest:
    """Write a model to its folder; `source` says what history it is, `window` its span."""
    spec, parts = trained.spec, trained.split
    spans = {"history": window, "train": parts.train, "validation": parts.validation}
    spans |= {"calibration": parts.calibration, "test": parts.test}
    manifest = Manifest(
        name=spec.name,
        version=f"{datetime.fromtimestamp(window.end_ms / 1000, UTC):%Y%m%d}",
        features=spec.feature_names,
        outputs=tuple(output for head in spec.heads for output in head.outputs),
        heads={
            learnt.head.name: HeadFiles(
                file_names(learnt.head),
                learnt.calibration,
                asdict(learnt.settings),
                learnt.rounds,
                learnt.head.base,
                learnt.head.scale,
            )
            for learnt in trained.heads
        },
        baseline_widths=trained.baseline_widths,
        serves_model=verdict.serves_model,
        reasons=verdict.reasons,
        baseline_heads=verdict.baseline_heads,
        figures={name: _known(figures) for name, figures in verdict.figures.items()},
        worth={name: _known(asdict(worth)) for name, worth in verdict.worth.items()},
        coverage={name: _known(shares) for name, shares in verdict.coverage.items()},
        window={
            f"{part}_{edge}": getattr(span, edge)
            for part, span in spans.items()
            for edge in ("begin_ms", "end_ms")
        },
        rows={"train": trained.rows, "test": verdict.rows},
        source=source,
        seed=seed,
        libraries=_installed(),
        digests={},
    )
    trees = {learnt.head.name: learnt.trees for learnt in trained.heads}
    return write_artefact(folder, manifest, trees, spec.heads)


def _known(figures: Mapping[str, float]) -> dict[str, float]:
    """Return the figures that are numbers: JSON has no word for those that are not."""
    return {name: value for name, value in figures.items() if not isnan(value)}


def _installed() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
