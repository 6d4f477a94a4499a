"""From a history to a served model: what is trained is what is served, and what does not match is refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from navswap.kit.forecasts import Source
from navswap.ml.evaluation.card import write_card
from navswap.ml.evaluation.judging import Verdict, judge, outputs_of
from navswap.ml.history import Rows
from navswap.ml.registry import BadArtefactError, Manifest
from navswap.ml.serving import Model
from navswap.ml.split import TooShortHistoryError
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.trainer import Options, Trained, asked, train
from navswap.ml.versions import UnknownVersionError, keep_better, list_versions, promote
from tests.ml.toy import TOY, toy_history, toy_span

OPTIONS = Options(trials=0)
HISTORY = toy_history()


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(TOY, HISTORY, toy_span(), OPTIONS)


@pytest.fixture(scope="module")
def verdict(trained: Trained) -> Verdict:
    return judge(trained, HISTORY)


def write(trained: Trained, verdict: Verdict, folder: Path) -> Manifest:
    return write_trained(trained, verdict, folder, window=toy_span(), source="made up", seed=1)


def test_a_model_that_beats_its_baseline_in_figures_and_money_is_served(verdict: Verdict) -> None:
    assert verdict.serves_model
    assert verdict.figures["model"]["swaps.pinball"] < verdict.figures["yesterday"]["swaps.pinball"]
    assert 0 < verdict.worth["model"].saving_low <= verdict.worth["model"].saving
    assert verdict.worth["oracle"].cost == 0
    assert 0.7 < verdict.figures["model"]["swaps.coverage"] < 0.95
    assert verdict.figures["model"]["busy.pr_auc"] > verdict.figures["model"]["busy.rate"]
    assert verdict.figures["model"]["wait.c_index"] > 0.6


def test_the_same_history_and_seed_give_the_same_figures(trained: Trained, verdict: Verdict) -> None:
    again = train(TOY, toy_history(), toy_span(), OPTIONS)
    assert judge(again, HISTORY).figures == verdict.figures
    assert [head.settings for head in again.heads] == [head.settings for head in trained.heads]


def test_what_is_served_is_what_was_trained(trained: Trained, verdict: Verdict, tmp_path: Path) -> None:
    write(trained, verdict, tmp_path / "toy")
    model = Model.load(tmp_path / "toy", TOY)
    test = asked(TOY, HISTORY, trained.split.test)
    served = model.forecast(HISTORY, test.rows)
    assert served.source is Source.MODEL
    stays = [name for head in TOY.heads if head.name not in verdict.baseline_heads for name in head.outputs]
    assert {"swaps_p50", "busy"} <= set(stays)
    for name, values in outputs_of(trained, test).items():
        if name not in stays:
            continue
        np.testing.assert_allclose(served.outputs[name], values, rtol=1e-5, atol=1e-6)
    assert (np.diff([served.outputs[f"swaps_p{level}"] for level in (10, 50, 90)], axis=0) >= 0).all()


def test_the_baseline_answers_for_a_head_that_loses_to_it(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    write(trained, replace(verdict, baseline_heads=("mean",)), tmp_path / "toy")
    model = Model.load(tmp_path / "toy", TOY)
    rows = asked(TOY, HISTORY, trained.split.test).rows
    served = model.forecast(HISTORY, rows)
    np.testing.assert_array_equal(served.outputs["mean"], model.baseline_outputs(HISTORY, rows)["mean"])
    assert not np.array_equal(served.outputs["swaps_p50"], model.baseline_outputs(HISTORY, rows)["swaps_p50"])


def test_one_row_is_forecast_as_in_a_batch(trained: Trained, verdict: Verdict, tmp_path: Path) -> None:
    write(trained, verdict, tmp_path / "toy")
    model = Model.load(tmp_path / "toy", TOY)
    rows = asked(TOY, HISTORY, trained.split.test).rows
    whole, alone = model.forecast(HISTORY, rows), model.forecast(HISTORY, rows.take([7]))
    assert {name: values[7] for name, values in whole.outputs.items()} == {
        name: values[0] for name, values in alone.outputs.items()
    }


def test_contributions_name_the_strongest_features(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    write(trained, verdict, tmp_path / "toy")
    model = Model.load(tmp_path / "toy", TOY)
    served = model.forecast(HISTORY, asked(TOY, HISTORY, trained.split.test).rows.take([0, 1]))
    for head in TOY.heads:
        reasons = model.explain(served.features, head, most=3)
        effects = [abs(reason.effect) for reason in reasons[0]]
        assert [len(row) for row in reasons] == [3, 3]
        assert effects == sorted(effects, reverse=True)
    assert {reason.feature for reason in model.explain(served.features)[0]} <= set(TOY.feature_names)


def test_what_if_values_take_the_place_of_features(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    write(trained, verdict, tmp_path / "toy")
    model = Model.load(tmp_path / "toy", TOY)
    rows = asked(TOY, HISTORY, trained.split.test).rows.take([0])
    quiet, busy = (
        model.forecast(HISTORY, rows, {"yesterday": np.array([swaps]), "last": np.array([swaps])})
        for swaps in (0.0, 40.0)
    )
    assert busy.outputs["swaps_p50"][0] > quiet.outputs["swaps_p50"][0]


def test_a_model_that_does_not_save_clearly_serves_its_baseline_and_says_so(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    losing = replace(verdict, reasons=("it lost",))
    manifest = write(trained, losing, tmp_path / "toy")
    write_card(tmp_path / "toy", TOY, manifest)
    card = (tmp_path / "toy" / "CARD.md").read_text()
    assert card.partition("# Toy\n\n")[2].startswith(
        "**The baseline `yesterday` is served, not the model:** it lost."
    )
    model = Model.load(tmp_path / "toy", TOY)
    served = model.forecast(HISTORY, asked(TOY, HISTORY, trained.split.test).rows)
    assert served.source is Source.BASELINE
    assert model.explain(served.features)[0] == []
    assert (served.outputs["swaps_p10"] <= served.outputs["swaps_p90"]).all()


def test_a_model_that_was_never_trained_serves_its_baseline() -> None:
    rows = Rows(np.array([30 * 3_600_000]), np.array([3_600_000]), {"station": np.array([0])})
    served = Model(TOY).forecast(HISTORY, rows)
    assert (served.source, served.version) == (Source.BASELINE, "none")


def test_a_file_that_is_not_that_of_its_manifest_is_refused(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    folder = tmp_path / "toy"
    write(trained, verdict, folder)
    (folder / "swaps_p50.txt").write_text("tree")
    with pytest.raises(BadArtefactError, match=r"swaps_p50\.txt is not the file"):
        Model.load(folder, TOY)
    (folder / "swaps_p50.txt").unlink()
    with pytest.raises(BadArtefactError, match="missing"):
        Model.load(folder, TOY)


def test_other_features_another_model_or_no_manifest_are_refused(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    folder = tmp_path / "toy"
    write(trained, verdict, folder)
    with pytest.raises(BadArtefactError, match="other features"):
        Model.load(folder, replace(TOY, features=TOY.features[::-1]))
    with pytest.raises(BadArtefactError, match="is of the model toy"):
        Model.load(folder, replace(TOY, name="other"))
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest | {"rows": "many"}))
    with pytest.raises(BadArtefactError, match="rows"):
        Model.load(folder, TOY)
    shutil.rmtree(folder)
    with pytest.raises(BadArtefactError, match="There is no"):
        Model.load(folder, TOY)


def test_a_history_that_is_too_short_says_how_much_is_needed() -> None:
    with pytest.raises(TooShortHistoryError, match="6 are needed"):
        train(TOY, toy_history(days=4), toy_span(4), OPTIONS)


def test_a_version_that_does_worse_on_the_same_days_does_not_take_the_place(
    trained: Trained, verdict: Verdict, tmp_path: Path
) -> None:
    later = toy_history(days=48)
    days = replace(trained.split.test, begin_ms=toy_span().end_ms, end_ms=toy_span(47).end_ms)
    write(trained, verdict, tmp_path / "good")
    assert keep_better(tmp_path, TOY, tmp_path / "good", later, days) == ""
    strange = train(TOY, toy_history(late_hours=9), toy_span(), OPTIONS)
    challenger = write(strange, verdict, tmp_path / "strange")
    assert "the champion" in keep_better(tmp_path, TOY, tmp_path / "strange", later, days)
    assert [kept.version for kept in list_versions(tmp_path, "toy")] == [challenger.version]
    promote(tmp_path, "toy", challenger.version)
    assert Model.load(tmp_path / "toy", TOY).version == challenger.version
    assert keep_better(tmp_path, TOY, tmp_path / "good", later, days) == ""
    with pytest.raises(UnknownVersionError, match="none-such"):
        promote(tmp_path, "toy", "none-such")
