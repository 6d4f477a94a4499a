"""The bench of the models: forecasts with their features and calibration, beside the trees alone on the same matrix."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from navswap.bench.contest import Progress
from navswap.bench.errors import BenchError
from navswap.bench.predict_answers import AnswerSpeed, measure_answers
from navswap.bench.statistics import Spread, ratios
from navswap.ml.features import matrix
from navswap.ml.history import History, Rows
from navswap.ml.serving import Model, Models
from navswap.ml.tables import new_history
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.offline import OfflineOptions, find_policy
from navswap.simulation.remembering import Remembering
from navswap.simulation.world.scenario import Scenario

DAYS = 3
"""Of the demonstration city, lived through for a history to forecast on."""


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """One model: seconds of `rows` rows by each side, `ratio` of NavSwap's to the bare one, and seconds of a single row."""

    name: str
    serves_model: bool
    rows: int
    seconds: Spread
    bare_seconds: Spread
    ratio: Spread
    one_row_seconds: Spread


@dataclass(frozen=True, slots=True)
class PredictReport:
    """The figures of all models that are trained, and the machine that they come from."""

    rounds: int
    cores: int
    load: float
    python: str
    loading_seconds: float
    models: tuple[ModelSpeed, ...]
    answers: AnswerSpeed
    """What a client waits for, where the model of loads is asked about many stations."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values by the names of the fields."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield all of it for a person."""
        yield f"{platform.system()}, {self.cores} cores, load {self.load:g} before the start, Python {self.python}"
        yield f"all models loaded in {1000 * self.loading_seconds:,.0f} ms; {self.rounds} rounds, medians"
        for speed in self.models:
            yield (
                f"{speed.name:20} {speed.rows / speed.seconds.median:12,.0f} rows/s  "
                f"{1000 * speed.seconds.median:8.1f} ms  bare trees {1000 * speed.bare_seconds.median:8.1f} ms  "
                f"ratio {speed.ratio.median:5.2f}  one row {1000 * speed.one_row_seconds.median:6.2f} ms"
                f"{'' if speed.serves_model else '  (serves its baseline)'}"
            )
        yield self.answers.line()


def bench_predict(seeds: Path, models: Path, rows: int, rounds: int, progress: Progress) -> PredictReport:
    """Measure each trained model; raises BenchError where none is, BadArtefactError, SeedsUnreadableError."""
    load = round(os.getloadavg()[0], 1)
    began = time.perf_counter()
    loaded = Models.load(models)
    loading = time.perf_counter() - began
    trained = [model for model in loaded.all() if model.manifest is not None]
    if not trained:
        raise BenchError(f"No model in {models} is trained; navswap train makes them.")
    progress(f"Living through {DAYS} days for a history")
    history = _history(OfflineOptions(seeds, days=DAYS))
    found = []
    for model in trained:
        progress(model.spec.name)
        found.append(_measure(model, history, rows, rounds))
    progress(f"Living through a day of {rows:,} stations")
    answers = measure_answers(loaded, _history(OfflineOptions(seeds, days=1, stations=rows)), rounds)
    machine = os.cpu_count() or 1, load, platform.python_version()
    return PredictReport(rounds, *machine, loading, tuple(found), answers)


def _history(options: OfflineOptions) -> History:
    city = options.city()
    history = new_history(city.time_zone)
    settings = RunOptions(options.days, options.seed, options.start)
    Simulation(city, find_policy("rules"), settings, Scenario.load([]), Remembering(history)).live()
    return history


def _measure(model: Model, history: History, count: int, rounds: int) -> ModelSpeed:
    spec = model.spec
    known = history.entities(spec.key).ids or ["unknown"]
    ids = [known[place % len(known)] for place in range(count)]
    horizon = spec.horizons[0] if spec.horizons else timedelta(0)
    asked = spec.ask_of(history, ids, history.newest_ms, horizon)
    features = matrix(spec, history, asked)
    trees = [tree for head in spec.heads for tree in model.trees[head.name]]
    whole, bare, single = [], [], []
    one = spec.ask_of(history, ids[:1], history.newest_ms, horizon)
    for _ in range(rounds):
        whole.append(_seconds(lambda: _forecast(model, history, asked)))
        bare.append(_seconds(lambda: [tree.ask_booster(features) for tree in trees]))
        single.append(_seconds(lambda: _forecast(model, history, one)))
    return ModelSpeed(
        spec.name,
        model.serves_model,
        count,
        Spread.of(whole),
        Spread.of(bare),
        ratios(whole, bare),
        Spread.of(single),
    )


def _forecast(model: Model, history: History, rows: Rows) -> None:
    """Compute features and outputs, also of a model whose baseline is served: the trees are what is measured."""
    model.outputs_of(matrix(model.spec, history, rows), rows)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
