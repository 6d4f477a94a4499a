"""The models that a process serves: loaded once, checked against their manifests, asked in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from navswap.kit.forecasts import Source
from navswap.ml.catalog import CATALOG
from navswap.ml.features import matrix
from navswap.ml.forecasting import forecast_baseline, forecast_head, served_by_baseline
from navswap.ml.history import Floats, History, Rows, View
from navswap.ml.registry import MANIFEST, Manifest, check_artefact, read_manifest
from navswap.ml.spec import Head, ModelSpec, Outputs
from navswap.ml.trees import Trees

NO_VERSION: Final = "none"
"""The version of a model that has not been trained: its baseline is served, without a band."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """By how much a feature moved a forecast: its value, and the effect on the raw score of the head's middle output."""

    feature: str
    label: str
    unit: str
    value: float | None
    effect: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model forecasts for some rows, and what is needed to say why."""

    spec: ModelSpec
    version: str
    source: Source
    rows: Rows
    outputs: Outputs
    features: NDArray[np.float64]
    is_covered: NDArray[np.bool_]
    """Whether the history knows the entity of a row: where it is false, nothing but the calendar speaks."""
    reason: str = ""
    """Why the baseline answers in place of the model; empty where the model does."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model as it is served; without a manifest its baseline answers."""

    spec: ModelSpec
    manifest: Manifest | None = None
    trees: Mapping[str, Sequence[Trees]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, spec: ModelSpec) -> Self:
        """Read a model's folder; raises BadArtefactError for one that does not match its manifest or this code."""
        manifest = read_manifest(folder)
        check_artefact(folder, manifest, spec)
        trees = {
            head.name: [
                Trees.load(head.learner, folder / name, spec.beside_of(head))
                for name in manifest.heads[head.name].files
            ]
            for head in spec.heads
        }
        return cls(spec, manifest, trees)

    @property
    def version(self) -> str:
        """Return which artefact it is."""
        return NO_VERSION if self.manifest is None else self.manifest.version

    @property
    def serves_model(self) -> bool:
        """Return whether the trees answer, and not the baseline."""
        return self.manifest is not None and self.manifest.serves_model

    @property
    def reason(self) -> str:
        """Return why its baseline answers whatever comes; empty where the trees may."""
        if self.manifest is None:
            return "the model has not been trained"
        if self.manifest.serves_model:
            return ""
        return f"the model did not win in training: {'; '.join(self.manifest.reasons)}"

    def forecast(
        self,
        history: History,
        rows: Rows,
        what_if: Mapping[str, Floats] | None = None,
        *,
        abstains: bool = False,
    ) -> Forecast:
        """Forecast all rows in one call a tree; `abstains` lets the baseline answer for this time."""
        features = matrix(self.spec, history, rows, what_if)
        if self.serves_model and not abstains:
            outputs = self.with_baseline_heads(self.outputs_of(features, rows), history, rows)
            return self.as_forecast(Source.MODEL, features, rows, outputs)
        return self.as_forecast(Source.BASELINE, features, rows, self.baseline_outputs(history, rows))

    def with_baseline_heads(self, outputs: Outputs, history: History, rows: Rows) -> Outputs:
        """Return outputs with those of the baseline in the place of heads that lose to it."""
        if self.manifest is None or not self.manifest.baseline_heads:
            return outputs
        said = self.baseline_outputs(history, rows)
        return {**outputs, **served_by_baseline(self.spec, self.manifest.baseline_heads, said)}

    def baseline_outputs(self, history: History, rows: Rows) -> dict[str, Floats]:
        """Return what the served baseline forecasts."""
        widths = {} if self.manifest is None else self.manifest.baseline_widths
        baseline = self.spec.baselines[-1]
        return forecast_baseline(self.spec, baseline, View(history, rows), widths.get(baseline.name, {}))

    def as_forecast(
        self, source: Source, features: NDArray[np.float64], rows: Rows, outputs: Outputs
    ) -> Forecast:
        """Return outputs with what is needed to say where they come from."""
        covered = rows.entity(self.spec.key) >= 0
        return Forecast(self.spec, self.version, source, rows, outputs, features, covered)

    def outputs_of(self, features: NDArray[np.float64], rows: Rows, threads: int = 1) -> dict[str, Floats]:
        """Return the outputs of all heads for a matrix, also where the baseline is served."""
        if self.manifest is None:
            raise LookupError(f"{self.spec.name} has not been trained")
        outputs: dict[str, Floats] = {}
        if not len(rows):  # trees of classes answer nothing with an array of one dimension
            return {name: np.empty(0) for head in self.spec.heads for name in head.outputs}
        for head in self.spec.heads:
            calibration = self.manifest.heads[head.name].calibration
            outputs |= forecast_head(
                head, self.trees[head.name], calibration, features, rows.horizon_ms, threads
            )
        return outputs

    def explain(
        self, features: NDArray[np.float64], head: Head | None = None, most: int = 5
    ) -> list[list[Contribution]]:
        """Return the strongest contributions to a head's middle output (of classes to the likeliest), a list a row.

        Empty lists where the trees do not answer: a baseline is its own explanation.
        """
        if not self.serves_model or not len(features):
            return [[] for _ in range(len(features))]
        head = head or self.spec.heads[0]
        grown = self.trees[head.name]
        trees = grown[len(grown) // 2]
        effects = trees.contributions(features)
        if effects.ndim > 2:
            likeliest = trees.predict(features).argmax(axis=1)
            effects = effects[np.arange(len(features)), likeliest]
        strongest = np.argsort(-np.abs(effects), axis=1)[:, :most]
        return [
            [self._contribution(row, place, features, effects) for place in places]
            for row, places in enumerate(strongest)
        ]

    def _contribution(
        self, row: int, place: int, features: NDArray[np.float64], effects: Floats
    ) -> Contribution:
        feature, value = self.spec.features[place], float(features[row, place])
        known = None if np.isnan(value) else value
        return Contribution(feature.name, feature.label, feature.unit, known, float(effects[row, place]))


class Models:
    """All models of the catalogue by name."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self._models = dict(models)

    @classmethod
    def load(cls, folder: Path | None) -> Self:
        """Load each model that has a folder below this one; the baseline serves for one that has none.

        Raises BadArtefactError for a folder that does not match its manifest or this code.
        """
        return cls(
            {
                name: Model.load(folder / name, spec)
                if folder is not None and (folder / name / MANIFEST).is_file()
                else Model(spec)
                for name, spec in CATALOG.items()
            }
        )

    def __getitem__(self, name: str) -> Model:
        """Return a model; raises KeyError for a name that is not in the catalogue."""
        return self._models[name]

    def all(self) -> list[Model]:
        """Return all models in the order of the catalogue."""
        return list(self._models.values())
