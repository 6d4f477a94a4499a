"""The bench of the models measures each that is trained, beside its bare trees."""

import json
from pathlib import Path

import pytest

from navswap.bench.errors import BenchError
from navswap.bench.predict import bench_predict
from navswap.ml.catalog import CATALOG

ROOT = Path(__file__).parents[2]


def test_every_delivered_model_is_measured_beside_its_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("navswap.bench.predict.DAYS", 1)
    said: list[str] = []
    report = bench_predict(ROOT / "seeds", ROOT / "models", rows=3, rounds=2, progress=said.append)
    assert [speed.name for speed in report.models] == list(CATALOG)
    for speed in report.models:
        assert min(speed.ratio.least, speed.bare_seconds.least, speed.one_row_seconds.least) > 0
    assert json.loads(json.dumps(report.as_json()))["models"][0]["rows"] == 3
    assert report.answers.stations == 3
    assert min(report.answers.ratio.least, report.answers.bare_seconds.least) > 0
    assert sum("ratio" in line for line in report.lines()) == len(CATALOG) + 1


def test_a_folder_without_models_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="navswap train makes them"):
        bench_predict(ROOT / "seeds", tmp_path, rows=1, rounds=1, progress=lambda _: None)
