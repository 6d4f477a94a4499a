"""Packs are kept back for walk-ins, and holds last, as the models expect; by the rule where they do not answer."""

from datetime import timedelta

import pytest

from navswap.features.stations.service import Station, StationsServices
from navswap.features.swapping.domain.promises import walk_in_share
from navswap.features.swapping.domain.ranking import ReasonKind
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import NoChargedPackError
from navswap.features.swapping.service import ModelDemand, SameSpanLastWeek, SwappingServices
from navswap.features.swapping.slice import parameters_of
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.quarters import mean_of_quantiles, swaps_in_span
from navswap.ml.history.reading import Known
from navswap.runtime import Runtime
from tests.factories.models import Answer, serve_model
from tests.factories.network import a_rider, a_station
from tests.features.swapping.steps import confirm, stand_at

HOLD = timedelta(minutes=20)
MINUTE = timedelta(minutes=1)


def load(answer: Answer) -> dict[str, Answer]:
    return {"swaps_p10": answer, "swaps_p50": answer, "swaps_p90": answer}


def walk_ins(runtime: Runtime, station_id: str, count: int) -> None:
    """Let the history know of swaps without a hold, an hour and a half ago."""
    moment = epoch_milliseconds(runtime.clock.now() - 90 * MINUTE)
    swap = {"station_id": station_id, "packs_in": [], "packs_out": [{}], "walk_in": True}
    for _ in range(count):
        runtime.forecaster.history.history.take(
            Known("swapping.swap.completed", moment, moment), {"swap": swap}
        )


def demand(runtime: Runtime) -> ModelDemand:
    last_week = SameSpanLastWeek(StationsServices.of(runtime).reader, None, 0.1)
    return ModelDemand(runtime.forecaster, last_week, 0.1)


async def test_a_hold_is_refused_where_the_model_expects_walk_ins_for_the_pack(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    first, second = [(await a_rider())[0] for _ in range(2)]
    await confirm(runtime, first.id, station)
    await serve_model(runtime, "load", load("swaps_3h"))
    walk_ins(runtime, station.id, 20)
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, second.id, station)


async def test_without_the_model_the_same_hold_is_given(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    first, second = [(await a_rider())[0] for _ in range(2)]
    await confirm(runtime, first.id, station)
    await serve_model(runtime, "load", load("swaps_3h"), serves_model=False)
    walk_ins(runtime, station.id, 20)
    entry = await confirm(runtime, second.id, station)
    assert (entry.rider_id, entry.state, len(entry.packs)) == (second.id, EntryState.CONFIRMED, 1)


async def test_what_a_station_shows_to_riders_counts_the_walk_ins_expected(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8)
    recommendations = SwappingServices.of(runtime).recommendations
    before = (await recommendations.look_ahead([station.id]))[station.id].buffer_packs
    await serve_model(runtime, "load", load("swaps_3h"))
    walk_ins(runtime, station.id, 4)
    after = (await recommendations.look_ahead([station.id]))[station.id].buffer_packs
    assert (before, after) == (0, 1)


@pytest.mark.parametrize("serves_model", [True, False])
async def test_a_station_that_the_model_expects_to_fail_costs_a_rider_more(
    runtime: Runtime, *, serves_model: bool
) -> None:
    station = await a_station(runtime, charged=8)
    recommendations = SwappingServices.of(runtime).recommendations
    there = station.information.point
    away = Point(there.longitude, there.latitude + 0.01)
    [(_, before)] = await recommendations.recommend(away, 5_000.0, 1)
    await serve_model(
        runtime,
        "station_reliability",
        {"outage": 3.0, "uptime": 0.9},
        serves_model=serves_model,
    )
    walk_ins(runtime, station.id, 1)
    [(_, after)] = await recommendations.recommend(away, 5_000.0, 1)
    risks = [
        reason.minutes
        for ranked in (before, after)
        for reason in ranked.reasons
        if reason.kind is ReasonKind.OUTAGE
    ]
    assert (len(risks), risks[0], risks[1] > 0) == (2, 0.0, serves_model)
    assert (after.facts.outages.per_day > 0) is serves_model


async def test_of_the_swaps_expected_the_share_without_a_hold_counts(runtime: Runtime) -> None:
    station = await a_station(runtime)
    model = await serve_model(runtime, "load", load(6.0))
    walk_ins(runtime, station.id, 10)
    found = (await demand(runtime).forecast([station.id], runtime.clock.now(), HOLD))[station.id]
    assert found.expected_swaps == pytest.approx(6.0 * 20 / 15 * 12 / 30)
    assert (found.source, found.model) == (Source.MODEL, model)


async def test_the_rule_answers_for_a_station_that_the_history_does_not_know(runtime: Runtime) -> None:
    known = await a_station(runtime)
    await serve_model(runtime, "load", load(6.0))
    new = await a_station(runtime)
    found = await demand(runtime).forecast([new.id, known.id], runtime.clock.now(), HOLD)
    assert {station_id: each.source for station_id, each in found.items()} == {
        new.id: Source.BASELINE,
        known.id: Source.MODEL,
    }


async def test_the_rule_answers_where_an_output_is_no_number(runtime: Runtime) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "load", load(float("nan")))
    [found] = (await demand(runtime).forecast([station.id], runtime.clock.now(), HOLD)).values()
    assert (found.source, found.model) == (Source.BASELINE, "")


def arrival(late: float, no_show: float) -> dict[str, Answer]:
    return {"minutes_p10": 6.0, "minutes_p50": 8.0, "minutes_p90": late, "no_show": no_show}


async def held_from_afar(runtime: Runtime, station: Station) -> QueueEntry:
    """Hold a pack for a rider who is a kilometre away."""
    rider = (await a_rider())[0]
    place = station.information.point
    await stand_at(runtime, rider.id, Point(place.longitude + 0.01, place.latitude))
    return await confirm(runtime, rider.id, station)


@pytest.mark.parametrize(
    ("answers", "minutes"),
    [(arrival(14.0, 0.03), 28), (arrival(14.0, 0.9), 10), (arrival(38.0, 0.01), 30)],
    ids=["comes late", "hardly comes", "no longer than the longest"],
)
async def test_a_hold_lasts_as_long_as_its_rider_is_worth_waiting_for(
    runtime: Runtime, answers: dict[str, Answer], minutes: int
) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "arrival", answers)
    entry = await held_from_afar(runtime, station)
    assert entry.hold_until == entry.code_expires_at == entry.confirmed_at + minutes * MINUTE


@pytest.mark.parametrize("no_show", [0.9, float("nan")])
async def test_without_a_number_of_the_model_a_hold_lasts_as_all_do(runtime: Runtime, no_show: float) -> None:
    station = await a_station(runtime)
    await serve_model(runtime, "arrival", arrival(14.0, no_show), serves_model=no_show != 0.9)
    entry = await held_from_afar(runtime, station)
    assert entry.hold_until == entry.confirmed_at + HOLD


async def test_who_stands_at_the_station_or_nowhere_known_is_given_the_usual_hold(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8)
    await serve_model(runtime, "arrival", arrival(14.0, 0.9))
    here, nowhere = [(await a_rider())[0] for _ in range(2)]
    await stand_at(runtime, here.id, station.information.point)
    entries = [await confirm(runtime, rider.id, station) for rider in (here, nowhere)]
    assert [entry.hold_until - entry.confirmed_at for entry in entries] == [HOLD, HOLD]


@pytest.mark.parametrize(
    ("minutes", "swaps"),
    [(0, 0.0), (10, 2 / 3), (15, 1.0), (20, 1 + 2 / 3), (30, 3.0), (45, 6.0), (60, 10.0), (90, 18.0)],
)
def test_a_span_is_made_of_its_quarters(minutes: int, swaps: float) -> None:
    quarters = {15 * MINUTE: 1.0, 30 * MINUTE: 2.0, 60 * MINUTE: 4.0}
    assert swaps_in_span(quarters, minutes * MINUTE) == pytest.approx(swaps)


def test_the_mean_lies_between_the_quantiles_and_nearer_to_the_long_tail() -> None:
    assert mean_of_quantiles(2.0, 2.0, 2.0) == pytest.approx(2.0)
    assert 1.0 < mean_of_quantiles(0.0, 1.0, 4.0) < 2.0


def test_the_share_believed_gives_way_to_the_share_seen() -> None:
    assert walk_in_share(0, 0, 0.1) == pytest.approx(0.1)
    assert walk_in_share(20, 20, 0.1) == pytest.approx(0.55)
    assert walk_in_share(2_000, 2_000, 0.1) > 0.99


def test_an_operator_sets_what_a_minute_of_waiting_counts_for(runtime: Runtime) -> None:
    assert parameters_of(runtime.settings).waited_minute == 2.0
    changed = runtime.settings.model_copy(update={"waited_minute": 1.5})
    assert parameters_of(changed).waited_minute == 1.5
