"""Packs are ordered by the model of stock orders on real stores, and by the rule where the model does not answer."""

from datetime import timedelta

import pytest

from navswap.features.procurement.domain.ordering import daily_demand
from navswap.features.procurement.service import ProcurementServices, StockOrder
from navswap.features.procurement.storage import StockOrders
from navswap.kit.clock import ManualClock
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.models import Answer, serve_model
from tests.factories.procurement import a_depot, a_proposal

DAY = timedelta(days=1)
TWO_A_DAY: dict[str, Answer] = {"packs_p5": 21.0, "packs_p50": 28.0, "packs_p95": 35.0}


async def proposed_next_day(runtime: Runtime, clock: ManualClock, depot_id: str) -> StockOrder:
    clock.advance(DAY)
    await ProcurementServices.of(runtime).proposals.propose_due()
    found = await StockOrders.find_where({"depot_id": depot_id, "state": "PROPOSED"})
    assert found is not None
    return found


async def test_an_order_covers_the_demand_that_the_model_expects(
    runtime: Runtime, clock: ManualClock
) -> None:
    first = await a_proposal(runtime)
    assert (first.packs, first.inputs.source, first.inputs.model) == (3, Source.BASELINE, "")
    model = await serve_model(runtime, "stock_order", TWO_A_DAY)
    order = await proposed_next_day(runtime, clock, first.depot_id)
    assert (order.inputs.source, order.inputs.model) == (Source.MODEL, model)
    assert order.inputs.mean_per_day == pytest.approx(2.0)
    assert order.inputs.base_stock >= 2 * 15
    assert order.packs == order.inputs.base_stock + 3
    assert order.inputs.observed_days == first.inputs.observed_days


@pytest.mark.parametrize(
    ("answers", "serves_model"), [(TWO_A_DAY, False), (TWO_A_DAY | {"packs_p95": float("nan")}, True)]
)
async def test_the_rule_answers_where_the_model_has_no_answer(
    runtime: Runtime, clock: ManualClock, answers: dict[str, Answer], *, serves_model: bool
) -> None:
    first = await a_proposal(runtime)
    await serve_model(runtime, "stock_order", answers, serves_model=serves_model)
    order = await proposed_next_day(runtime, clock, first.depot_id)
    assert (order.packs, order.inputs.source, order.inputs.model) == (3, Source.BASELINE, "")


async def test_the_rule_answers_for_a_depot_that_the_history_does_not_know(runtime: Runtime) -> None:
    await a_proposal(runtime)
    await serve_model(runtime, "stock_order", TWO_A_DAY)
    new = await a_depot()
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 1
    order = await StockOrders.find_where({"depot_id": new.id})
    assert order is not None
    assert (order.inputs.source, order.inputs.mean_per_day) == (Source.BASELINE, 0.0)


def test_a_band_of_two_weeks_says_mean_and_deviation_of_a_day() -> None:
    assert daily_demand(28.0, 28.0, 28.0, 14) == pytest.approx((2.0, 0.0))
    mean, sigma = daily_demand(14.0, 14.0 + 1.645 * 4, 14.0 + 2 * 1.645 * 4, 4)
    assert (mean, sigma) == pytest.approx(((14.0 + 1.645 * 4) / 4, 2.0), abs=1e-3)
