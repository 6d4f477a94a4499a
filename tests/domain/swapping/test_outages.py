import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.domain.outages import OutageForecast, outages_by_survival
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.queueing import EMPTY
from navswap.features.swapping.domain.ranking import ReasonKind, StationFacts, estimate_visit, rank
from navswap.kit.forecasts import Source

PLAIN = SwappingParameters()


def station(station_id: str, metres: float, outages: OutageForecast) -> StationFacts:
    return StationFacts(station_id, metres, 5, EMPTY, charged_in_minutes=0.0, outages=outages)


@given(st.floats(0, 1), st.floats(0.5, 30))
def test_a_rate_gives_the_probability_back_that_it_was_made_of(survival: float, days: float) -> None:
    forecast = outages_by_survival(survival, days, "station_reliability 1")
    assert forecast.source is Source.MODEL
    assert forecast.within(days * 24 * 60) == pytest.approx(1 - survival, abs=1e-6)


@given(st.floats(0, 50), st.floats(0, 10_000), st.floats(0, 10_000))
def test_the_longer_the_way_the_likelier_an_outage(per_day: float, minutes: float, more: float) -> None:
    forecast = OutageForecast(per_day)
    assert 0 <= forecast.within(minutes) <= forecast.within(minutes + more) <= 1


def test_of_two_stations_as_near_the_one_that_fails_less_comes_first() -> None:
    frail, sound = outages_by_survival(0.2, 7, "m"), outages_by_survival(0.9, 7, "m")
    known = [station("a", 1_000.0, frail), station("b", 1_000.0, sound)]
    ranked = rank([(facts, estimate_visit(facts, PLAIN)) for facts in known], PLAIN)
    assert [each.facts.station_id for each in ranked] == ["b", "a"]
    [risk] = [reason.minutes for reason in ranked[1].reasons if reason.kind is ReasonKind.OUTAGE]
    until_served = ranked[1].estimate.eta_minutes
    assert risk == pytest.approx(PLAIN.outage_minutes * (1 - math.exp(-frail.per_day * until_served / 1440)))


def test_where_no_outage_is_forecast_its_risk_costs_nothing() -> None:
    facts = station("a", 1_000.0, OutageForecast())
    [ranked] = rank([(facts, estimate_visit(facts, PLAIN))], PLAIN)
    assert [reason.minutes for reason in ranked.reasons if reason.kind is ReasonKind.OUTAGE] == [0.0]
