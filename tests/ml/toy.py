"""A small model of made-up counters with a head of each kind, and a history that it can learn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from navswap.ml.asking import on_grid
from navswap.ml.history import By, Floats, History, Payload, Row, Rows, TableSpec, View
from navswap.ml.spec import (
    DAY,
    HOUR,
    Baseline,
    Feature,
    Head,
    HeadKind,
    Learner,
    ModelSpec,
    Outputs,
    Span,
    Stakes,
    Targets,
)

HOUR_MS, DAYS = 3_600_000, 24


def _count(payload: Payload) -> list[Row]:
    return [Row((payload["station"],), (payload["swaps"],))]


COUNTS = TableSpec("counts", ("station",), ("swaps",), {"test.count.made": _count})


@dataclass(frozen=True)
class Counted:
    occurred_ms: int
    known_ms: int
    type: str = "test.count.made"


def toy_history(seed: int = 1, days: int = DAYS, late_hours: int = 0) -> History:
    """Counts of four stations by the hour, which repeat each day but for some chance; the peak comes `late_hours` late."""
    drawn, history = np.random.default_rng(seed), History([COUNTS], "Asia/Kolkata")
    for hour in range(days * 24):
        for station in range(4):
            swaps = drawn.poisson(
                2 + 6 * (np.sin(2 * np.pi * (hour - late_hours) / 24) + 1) * (1 + station) / 2
            )
            moment = hour * HOUR_MS
            history.take(Counted(moment, moment), {"station": f"S{station}", "swaps": float(swaps)})
    return history


def toy_span(days: int = DAYS) -> Span:
    return Span(0, days * 24 * HOUR_MS)


def _compute(view: View) -> Mapping[str, Floats]:
    ago = view.until_target(DAY)
    return {
        "hour": (view.rows.target_ms() // HOUR_MS % 24).astype(float),
        "station": view.rows.entity("station").astype(float),
        "yesterday": view.total("counts", "swaps", "station", ago + HOUR_MS // 2, ago - HOUR_MS // 2),
        "last": view.last("counts", "swaps", "station"),
    }


def _ask(history: History, span: Span) -> Rows:
    return on_grid("station", np.arange(len(history.entities("station").ids)), span, HOUR, [HOUR], 4_000)


def _came(history: History, rows: Rows) -> Targets:
    index = history.tables["counts"].by("station", By.HAPPENED)
    target = rows.target_ms()
    swaps = index.total("swaps", rows.entity("station"), target - HOUR_MS // 2, target + HOUR_MS // 2)
    swaps = np.where(target <= history.newest_ms, swaps, np.nan)
    with np.errstate(invalid="ignore"):
        busy = np.where(np.isnan(swaps), np.nan, (swaps > 8).astype(float))
    days = np.where(busy > 0, swaps / 10, -2.0)
    return {
        "swaps": swaps,
        "mean": swaps,
        "busy": busy,
        "level": busy,
        "wait": np.where(np.isnan(swaps), np.nan, days),
    }


def _yesterday(view: View) -> Mapping[str, Floats]:
    ago = view.until_target(DAY)
    swaps = view.total("counts", "swaps", "station", ago + HOUR_MS // 2, ago - HOUR_MS // 2)
    half = np.full(len(swaps), 0.5)
    return {
        "swaps": swaps,
        "mean": swaps,
        "busy": half,
        "level_low": half,
        "level_high": half,
        "wait_days": half,
        "wait_survival": half,
    }


def _decide(outputs: Outputs) -> Floats:
    return np.round(outputs["swaps_p50"])


def _cost(stock: Floats, came: Targets) -> Floats:
    return np.abs(stock - came["swaps"])


TOY = ModelSpec(
    name="toy",
    root="predictToy",
    title="Toy",
    says="swaps of the next hour",
    key="station",
    horizons=(HOUR,),
    heads=(
        Head(
            "swaps",
            HeadKind.QUANTILES,
            Learner.LIGHTGBM,
            "swaps",
            "swaps of the hour",
            levels=(0.1, 0.5, 0.9),
            lowest=0.0,
        ),
        Head(
            "mean",
            HeadKind.MEAN,
            Learner.LIGHTGBM,
            "swaps",
            "mean of the hour",
            objective="poisson",
            lowest=0.0,
        ),
        Head("busy", HeadKind.PROBABILITY, Learner.XGBOOST, "swaps", "busy of the hour"),
        Head(
            "level", HeadKind.CLASSES, Learner.LIGHTGBM, "swaps", "level of the hour", classes=("low", "high")
        ),
        Head("wait", HeadKind.SURVIVAL, Learner.XGBOOST, "swaps", "wait of the hour", horizon_days=1.0),
    ),
    features=(
        Feature("hour", "hour of the day", "h", 0, 23),
        Feature("station", "number of the station"),
        Feature("yesterday", "swaps of that hour yesterday", "swaps", 0, 1_000),
        Feature("last", "swaps of the last hour", "swaps", 0, 1_000),
    ),
    compute=_compute,
    ask=_ask,
    came=_came,
    baselines=(Baseline("yesterday", "the same hour yesterday", _yesterday),),
    stakes=Stakes(
        "packs kept", _decide, _cost, best=lambda came: came["swaps"], idle=lambda rows: np.zeros(len(rows))
    ),
    metric="swaps.pinball",
    memory=timedelta(days=1),
)
