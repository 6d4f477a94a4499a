"""The traffic map shows what the model of micro traffic expects, and what the rule says where it does not answer."""

from datetime import timedelta

import pytest

from navswap.features.traffic.domain.cells import CellCongestion
from navswap.features.traffic.domain.probes import cell_of
from navswap.features.traffic.service import TrafficServices
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from tests.factories.gps import PLACE
from tests.factories.models import Answer, serve_model
from tests.factories.traffic import vehicles_drive
from tests.support.geo import destination

NORTH = destination(PLACE, 0.0, 5_000.0)
JAM: dict[str, Answer] = {f"congestion_p{level}": 0.62 for level in (10, 50, 90)}


async def published(runtime: Runtime, place: Point = PLACE) -> CellCongestion:
    cells = (await TrafficServices.of(runtime).traffic.read()).cells
    return next(cell.published for cell in cells if cell.id == cell_of(place))


async def measured(runtime: Runtime, clock: ManualClock) -> None:
    """Let vehicles drive freely through a place, and publish the speeds of these minutes."""
    await vehicles_drive(runtime, 30.0)
    clock.advance(timedelta(minutes=6))
    await TrafficServices.of(runtime).speeds.publish()


async def test_the_map_shows_the_congestion_that_the_model_expects_of_the_cells_that_it_knows(
    runtime: Runtime, clock: ManualClock
) -> None:
    await measured(runtime, clock)
    assert (await published(runtime)).source is Source.BASELINE
    await serve_model(runtime, "micro_traffic", JAM)
    await vehicles_drive(runtime, 30.0)
    await vehicles_drive(runtime, 30.0, place=NORTH)
    known, new = await published(runtime), await published(runtime, NORTH)
    assert (known.source, known.congestion) == (Source.MODEL, 0.62)
    assert new.source is Source.BASELINE
    assert new.congestion < 0.3


@pytest.mark.parametrize(("answers", "serves_model"), [(JAM, False), (JAM | {"jam": float("nan")}, True)])
async def test_the_rule_answers_where_the_model_has_no_answer(
    runtime: Runtime, clock: ManualClock, answers: dict[str, Answer], *, serves_model: bool
) -> None:
    await measured(runtime, clock)
    await serve_model(runtime, "micro_traffic", answers, serves_model=serves_model)
    await vehicles_drive(runtime, 30.0)
    found = await published(runtime)
    assert found.source is Source.BASELINE
    assert found.congestion < 0.3
