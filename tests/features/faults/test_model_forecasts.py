"""Faults are analysed by the model of actions on real stores, and by the rule where the model does not answer."""

from datetime import timedelta

import pytest

from navswap.features.faults.domain.analysis import rank_by_shares
from navswap.features.faults.domain.catalogue import Action
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import AdvisedAction, Analysis, Fault
from navswap.features.stations.service import Station
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.faults import BROKEN, a_reading, advance, telemetry, the_fault, the_ticket
from tests.factories.models import Answer, serve_model
from tests.factories.network import a_station

MINUTE = timedelta(minutes=1)
PARAMETERS = FaultParameters()
TECHNICIAN = {"SEND_TECHNICIAN": 0.9, "RESET_MODULE": 0.05, "DERATE_CHARGING": 0.05, "minutes": 100.0}
DERATE = {"SEND_TECHNICIAN": 0.1, "DERATE_CHARGING": 0.9, "minutes": 15.0}


async def analysed(runtime: Runtime, clock: ManualClock, station: Station) -> Fault:
    """Let a fault run through the playbook until it was analysed once."""
    await telemetry(runtime, station, a_reading(runtime, error_code=BROKEN))
    for _ in range(30):
        clock.advance(MINUTE)
        await advance(runtime)
        if (fault := await the_fault(station)).analyses:
            return fault
    raise AssertionError("it was never analysed")


def advised(analysis: Analysis, action: Action) -> AdvisedAction:
    return next(each for each in analysis.ranked if each.action is action)


@pytest.mark.parametrize(
    ("answers", "chosen"), [(TECHNICIAN, Action.SEND_TECHNICIAN), (DERATE, Action.DERATE_CHARGING)]
)
async def test_what_the_model_expects_to_end_a_fault_is_tried_after_the_playbook(
    runtime: Runtime, clock: ManualClock, answers: dict[str, Answer], chosen: Action
) -> None:
    station = await a_station(runtime)
    model = await serve_model(runtime, "action", answers)
    fault = await analysed(runtime, clock, station)
    analysis = fault.analyses[0]
    assert (analysis.source, analysis.model, analysis.chosen) == (Source.MODEL, model, chosen)
    assert advised(analysis, Action.DERATE_CHARGING).probability == pytest.approx(
        answers["DERATE_CHARGING"], abs=1e-4
    )
    assert [(attempt.level, attempt.action) for attempt in fault.attempts[:2]] == [
        (1, Action.RESET_MODULE),
        (1, Action.RESET_MODULE),
    ]
    if chosen is Action.SEND_TECHNICIAN:
        assert (await the_ticket(station)).recommended is chosen


async def test_what_the_rules_forbid_is_not_tried_however_sure_the_model_is(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "action", {"RESET_MODULE": 0.98, "SEND_TECHNICIAN": 0.02, "minutes": 3.0})
    fault = await analysed(runtime, clock, station)
    assert fault.analyses[0].ranked[0].action is Action.RESET_MODULE
    assert fault.analyses[0].chosen is not Action.RESET_MODULE, "the playbook tried it twice"


@pytest.mark.parametrize(
    ("answers", "serves_model"), [(DERATE, False), (DERATE | {"SWAP_MODULE": float("nan")}, True)]
)
async def test_the_rule_answers_where_the_model_has_none(
    runtime: Runtime, clock: ManualClock, answers: dict[str, Answer], *, serves_model: bool
) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "action", answers, serves_model=serves_model)
    analysis = (await analysed(runtime, clock, station)).analyses[0]
    assert (analysis.source, analysis.model) == (Source.BASELINE, "")


async def test_the_rule_answers_for_a_station_that_the_history_does_not_know(
    runtime: Runtime, clock: ManualClock
) -> None:
    await serve_model(runtime, "action", DERATE)
    station = await a_station(runtime)
    assert (await analysed(runtime, clock, station)).analyses[0].source is Source.BASELINE


def counted() -> list[AdvisedAction]:
    return [
        AdvisedAction(action, 0.5, PARAMETERS.expected_minutes[action], 3, 1)
        for action in (Action.RESET_MODULE, Action.SWAP_MODULE, Action.SEND_TECHNICIAN)
    ]


def test_a_module_ends_what_a_command_would_have_ended_and_a_technician_any_fault() -> None:
    shares = {Action.RESET_MODULE: 0.5, Action.SWAP_MODULE: 0.2, Action.SEND_TECHNICIAN: 0.3}
    ranked = {each.action: each for each in rank_by_shares(counted(), shares, 1.5 + 12 + 27, PARAMETERS)}
    assert {action: each.probability for action, each in ranked.items()} == pytest.approx(
        {Action.RESET_MODULE: 0.5, Action.SWAP_MODULE: 0.7, Action.SEND_TECHNICIAN: 0.99}
    )
    assert {action: each.expected_minutes for action, each in ranked.items()} == pytest.approx(
        {action: PARAMETERS.expected_minutes[action] for action in ranked}
    )


@pytest.mark.parametrize(("minutes", "technician"), [(1.0, 45.0), (1.5 + 39 * 1.5, 135.0), (500.0, 180.0)])
def test_the_minutes_expected_stretch_those_of_people(minutes: float, technician: float) -> None:
    shares = {Action.RESET_MODULE: 0.5, Action.SWAP_MODULE: 0.2, Action.SEND_TECHNICIAN: 0.3}
    ranked = {each.action: each for each in rank_by_shares(counted(), shares, minutes, PARAMETERS)}
    assert ranked[Action.SEND_TECHNICIAN].expected_minutes == pytest.approx(technician)
    assert ranked[Action.RESET_MODULE].expected_minutes == PARAMETERS.expected_minutes[Action.RESET_MODULE]
