"""A span of the offline city, as the agents of a live run live through it and as it is compared to them."""

import math

import numpy as np
import pytest

from navswap.simulation.agreement import Span, SpanCrossesMidnightError, as_table, compare
from navswap.simulation.engine.simulation import START
from navswap.simulation.live.dealt import Stock
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.plan import Fate
from tests.support.city import city_of

CITY = city_of(6)
MORNING = START.replace(hour=8, minute=30)
FULL: Stock = {site.name: dict.fromkeys(range(1, site.slots + 1), 100.0) for site in CITY.stations}


def a_span(minutes: float = 120.0, seed: int = 1) -> Span:
    return Span(CITY, seed, MORNING, minutes)


def test_the_agents_are_dealt_the_riders_of_the_offline_span() -> None:
    span = a_span()
    visits, needs = list(span.visits()), span.needs()

    assert [visit.asked_at for visit in visits] == [minute for minute, _ in needs]
    assert all(0 <= minute < 120 for minute, _ in needs)
    assert len(needs) > 40
    for visit, (_, plan) in zip(visits, needs, strict=True):
        assert (plan.need_percent, plan.is_walk_in) == (visit.soc_percent, visit.walks_in)
        assert (plan.fate is Fate.NO_SHOW) == (not visit.shows_up)
        assert plan.at is not None
        nearest = min(visit.metres)
        assert math.dist(
            CITY.plane(CITY.coordinates)[visit.near[0]], _on_plane(plan.at.longitude, plan.at.latitude)
        ) == pytest.approx(nearest, abs=1e-6)


def _on_plane(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = CITY.plane(np.array([[longitude, latitude]]))[0]
    return float(east), float(north)


def test_a_shorter_span_has_the_first_riders_of_a_longer_one() -> None:
    assert a_span(30.0).needs() == [need for need in a_span().needs() if need[0] < 30.0]


def test_the_offline_span_begins_with_the_stock_of_the_live_one() -> None:
    empty = a_span().live_offline({}).kpis
    full, again = (a_span().live_offline(FULL).kpis for _ in range(2))

    assert full == again
    assert empty.swaps == 0
    assert empty.riders == full.riders == len(a_span().needs())
    assert full.swaps > 0.8 * full.riders
    assert full.mean_soc_out_percent > 90.0


def test_the_figures_of_both_stand_side_by_side() -> None:
    offline, meter = a_span().live_offline(FULL), Meter()
    for _ in range(offline.kpis.swaps + 5):
        meter.happened("swap")
    meter.waits.extend([0.0, 1.0, 2.0])
    meter.charges.extend([90.0, 100.0])

    swaps, served, mean_wait, p90_wait, charge = compare(meter, offline)

    assert (swaps.live - swaps.offline, served.live, mean_wait.live, p90_wait.live) == (5, 100.0, 1.0, 2.0)
    assert swaps.difference_percent == pytest.approx(500 / offline.kpis.swaps)
    assert charge.live == 95.0
    assert math.isnan(compare(Meter(), offline)[2].live)
    assert as_table((swaps, served)).row_count == 2


def test_a_span_over_midnight_is_refused() -> None:
    with pytest.raises(SpanCrossesMidnightError, match="fewer --minutes"):
        Span(CITY, 1, MORNING.replace(hour=23), 61.0)
