"""The traffic map shows what the model of micro traffic expects, and what the rule says where it does not answer."""

from datetime import timedelta

import pytest

from navswap.features.stations.storage import Stations
from navswap.features.traffic.domain.cells import CellCongestion
from navswap.features.traffic.domain.probes import cell_of
from navswap.features.traffic.service import TrafficServices
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.ml.answers import observed
from navswap.runtime import Runtime
from tests.factories.gps import PLACE
from tests.factories.models import Answer, serve_model
from tests.factories.network import a_station
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


async def a_zone(runtime: Runtime, clock: ManualClock) -> tuple[Point, Point]:
    """Let vehicles drive freely in a zone of two stations, and jam on the way between them; return where these are."""
    east = destination(PLACE, 90.0, 4_000.0)
    for point in (PLACE, east):
        station = await a_station(runtime, point=point)
        await Stations.collection().update_one(
            {"_id": station.id}, {"$set": {"information.district": "Old Town"}}
        )
    await measured(runtime, clock)
    await vehicles_drive(runtime, 4.0, place=destination(PLACE, 90.0, 2_000.0))
    return PLACE, east


async def test_trips_are_planned_with_the_speed_that_the_model_expects_of_zones(
    runtime: Runtime, clock: ManualClock
) -> None:
    here, east = await a_zone(runtime, clock)
    travel = TrafficServices.of(runtime).travel_times
    jammed = (await travel.look())(here, east)
    assert (await travel.look_ahead())(here, east) == jammed > 1
    await serve_model(runtime, "traffic", {f"speed_kmh_p{level}": 8.0 for level in (10, 50, 90)})
    roads = await travel.look_ahead()
    week = observed(runtime.forecaster, "zone", ["Old Town"], clock.now())
    free = week.totals("zone_speeds", "free_flow_kmh")["Old Town"] / week.counts("zone_speeds")["Old Town"]
    assert roads(here, east) == pytest.approx(free / 8.0)
    assert (await travel.look())(here, east) == jammed, "what riders are shown is the traffic of now"


async def test_trips_are_planned_with_the_roads_of_now_while_the_model_does_not_serve(
    runtime: Runtime, clock: ManualClock
) -> None:
    here, east = await a_zone(runtime, clock)
    speeds: dict[str, Answer] = {f"speed_kmh_p{level}": 8.0 for level in (10, 50, 90)}
    await serve_model(runtime, "traffic", speeds, serves_model=False)
    travel = TrafficServices.of(runtime).travel_times
    assert (await travel.look_ahead())(here, east) == (await travel.look())(here, east)
