"""Staff is sent by the model of staff diversion on real stores, and by the rule where the model does not answer."""

from datetime import timedelta

import pytest

from navswap.features.staffing.domain.planning import WorkForecast
from navswap.features.staffing.domain.values import AssignmentCause
from navswap.features.staffing.service import (
    LastHourForecaster,
    ModelWork,
    Skill,
    StaffingParameters,
    StaffingServices,
)
from navswap.features.staffing.storage import StaffAssignments, StationWork
from navswap.infra.mongo import Session
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.kit.ids import new_id
from navswap.ml.history.reading import Known
from navswap.runtime import Runtime
from tests.factories.models import serve_model
from tests.factories.network import TAIPEI, a_station
from tests.factories.staffing import a_staff_member
from tests.support.geo import destination

YESTERDAY = timedelta(days=1)


def swaps(runtime: Runtime, station_id: str, count: int, ago: timedelta) -> None:
    """Let the history know of swaps at a station."""
    moment = epoch_milliseconds(runtime.clock.now() - ago)
    swap = {"station_id": station_id, "packs_in": [], "packs_out": [{}], "walk_in": False}
    for _ in range(count):
        runtime.forecaster.history.history.take(
            Known("swapping.swap.completed", moment, moment), {"swap": swap}
        )


def tickets(runtime: Runtime, station_id: str, count: int, ago: timedelta) -> None:
    moment = epoch_milliseconds(runtime.clock.now() - ago)
    ticket = {"station_id": station_id, "state": "OPEN"}
    for _ in range(count):
        runtime.forecaster.history.history.take(
            Known("faults.ticket.opened", moment, moment), {"ticket": ticket}
        )


async def record(runtime: Runtime, station_id: str, skill: Skill) -> None:
    async def work(session: Session) -> None:
        now = runtime.clock.now() - timedelta(minutes=1)
        await StationWork.record(new_id(), station_id, skill, now, session)

    await runtime.mongo.in_transaction(work)


async def forecast(runtime: Runtime) -> WorkForecast:
    parameters = StaffingParameters()
    work = ModelWork(runtime.forecaster, LastHourForecaster(parameters), parameters)
    return await work.next_hour(runtime.clock.now())


async def test_a_member_of_staff_goes_where_the_model_expects_work_before_it_came_up(
    runtime: Runtime,
) -> None:
    busy, near = await a_station(runtime), await a_station(runtime, point=destination(TAIPEI, 90.0, 1_000))
    person = await a_staff_member(runtime, near)
    proposals = StaffingServices.of(runtime).proposals
    assert await proposals.propose() == []
    model = await serve_model(runtime, "staff_diversion", {"work": "work_yesterday"})
    swaps(runtime, busy.id, 18, YESTERDAY - timedelta(minutes=30))
    [proposed] = await proposals.propose()
    assert (proposed.staff_id, proposed.target_id) == (person.id, busy.id)
    assert proposed.cause is AssignmentCause.WORKLOAD
    stored = await StaffAssignments.find(proposed.id)
    assert stored is not None
    assert (stored.inputs.source, stored.inputs.model) == (Source.MODEL, model)
    assert stored.inputs.target_work_minutes == pytest.approx(36.0)


async def test_the_model_says_the_service_and_tickets_that_stand_open_the_repair(runtime: Runtime) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "staff_diversion", {"work": 20.0})
    swaps(runtime, station.id, 45, YESTERDAY)
    tickets(runtime, station.id, 1, YESTERDAY)
    await record(runtime, station.id, Skill.REPAIR)
    found = await forecast(runtime)
    assert found.of(station.id, Skill.SERVICE) == pytest.approx(20.0 * 90 / 120)
    assert found.of(station.id, Skill.REPAIR) == 30.0
    assert found.is_modelled(station.id, Skill.SERVICE)
    assert not found.is_modelled(station.id, Skill.REPAIR)


async def test_the_rule_answers_for_a_station_that_the_history_does_not_know(runtime: Runtime) -> None:
    known = await a_station(runtime)
    await serve_model(runtime, "staff_diversion", {"work": 20.0})
    new = await a_station(runtime)
    await record(runtime, new.id, Skill.SERVICE)
    found = await forecast(runtime)
    assert (found.of(known.id, Skill.SERVICE), found.of(new.id, Skill.SERVICE)) == pytest.approx((20.0, 2.0))
    assert found.modelled == {(known.id, Skill.SERVICE)}
    assert found.source is Source.BASELINE


async def test_where_no_number_comes_or_the_model_lost_to_its_baseline_the_rule_answers(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime)
    await record(runtime, station.id, Skill.SERVICE)
    for answers, serves_model in (
        ({"work": 20.0, "minutes_p50": float("nan")}, True),
        ({"work": 20.0}, False),
    ):
        await serve_model(runtime, "staff_diversion", answers, serves_model=serves_model)
        found = await forecast(runtime)
        assert found.minutes == {(station.id, Skill.SERVICE): 2.0}
        assert (found.modelled, found.model) == (frozenset(), "")
