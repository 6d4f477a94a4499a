"""Reasons of many predictions: the same as of each alone, found where they hold nothing else up."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from navswap.features.predictions.service import Asked, PredictionService
from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.ml.forecaster import Forecaster
from navswap.ml.serving import Models
from navswap.ml.tables import new_history
from navswap.ml.trees import Trees
from navswap.settings import Settings
from tests.features.predictions.test_api import swaps_until

MODELS = Models.load(Path(__file__).parents[3] / "models")
STATIONS = [f"S{number}" for number in range(12)]


async def test_many_predictions_are_explained_in_a_thread_as_each_alone_is(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = new_history("Asia/Kolkata")
    for days, station in enumerate(STATIONS, start=1):
        swaps_until(history, station, epoch_milliseconds(clock.now()), days)
    forecaster = Forecaster(Settings(), clock)
    forecaster.serve(MODELS, history)
    service = PredictionService(forecaster, clock)
    answer = await service.predict("load", STATIONS, timedelta(hours=1))
    assert answer.forecast.source is Source.MODEL
    asked = [Asked(answer, row) for row in range(len(STATIONS))]
    assert [each.id for each in asked] == [each.prediction.id for each in asked]

    threads: list[int] = []
    contributions = Trees.contributions

    def seen(self: Trees, matrix: Any) -> Any:
        threads.append(threading.get_ident())
        return contributions(self, matrix)

    monkeypatch.setattr(Trees, "contributions", seen)
    together = await service.explain(asked, 3)
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    alone = [(await service.explain([each], 3))[0] for each in asked]
    assert set(threads[1:]) == {threading.get_ident()}
    assert [[reason.feature for reason in reasons] for reasons in together] == [
        [reason.feature for reason in reasons] for reasons in alone
    ]
    effects = [[reason.effect for reason in reasons] for reasons in together]
    np.testing.assert_array_equal(effects, [[reason.effect for reason in reasons] for reasons in alone])
    assert len({tuple(row) for row in effects}) > 1
