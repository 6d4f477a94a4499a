"""The models that are delivered: each matches its manifest and this code, and says what serves."""

import itertools
from pathlib import Path

import pytest

from navswap.ml.catalog import CATALOG
from navswap.ml.registry import CARD, read_manifest
from navswap.ml.serving import Model, Models

DELIVERED = Path(__file__).parents[2] / "models"
MOST_BYTES = 40 * 2**20
every_model = pytest.mark.parametrize("name", CATALOG)


def test_all_thirteen_are_delivered_and_load() -> None:
    models = Models.load(DELIVERED)
    assert [model.spec.name for model in models.all()] == list(CATALOG)
    assert len(CATALOG) == 13
    assert {model.spec.name for model in models.all() if model.manifest is None} == set()


def test_they_are_small_enough_to_live_with_the_code() -> None:
    assert sum(path.stat().st_size for path in DELIVERED.rglob("*") if path.is_file()) < MOST_BYTES


@every_model
def test_a_model_serves_only_what_beats_its_baseline_and_its_card_says_so(name: str) -> None:
    spec, manifest = CATALOG[name], read_manifest(DELIVERED / name)
    own, served = manifest.worth["model"], manifest.worth[spec.baselines[-1].name]
    card = (DELIVERED / name / CARD).read_text(encoding="utf-8")
    first_line = card.partition(f"# {spec.title}\n\n")[2].partition("\n")[0]
    if manifest.serves_model:
        assert own["saving_low"] > 0
        assert own["cost"] < served["cost"]
        assert first_line.startswith("**The model is served")
    else:
        assert manifest.reasons
        assert first_line.startswith(
            f"**The baseline `{spec.baselines[-1].name}` is served, not the model:**"
        )


@every_model
def test_parts_lie_in_order_of_time_with_a_gap_between_them(name: str) -> None:
    window, gap_ms = read_manifest(DELIVERED / name).window, CATALOG[name].gap.total_seconds() * 1000
    parts = ("train", "validation", "calibration", "test")
    for earlier, later in itertools.pairwise(parts):
        assert window[f"{later}_begin_ms"] - window[f"{earlier}_end_ms"] >= gap_ms


@every_model
def test_a_model_of_the_delivered_ones_says_what_libraries_it_was_made_with(name: str) -> None:
    manifest = read_manifest(DELIVERED / name)
    assert {"lightgbm", "numpy", "scipy"} <= set(manifest.libraries)
    assert manifest.source
    assert Model.load(DELIVERED / name, CATALOG[name]).version == manifest.version
