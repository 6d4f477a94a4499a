"""Packs charge by a curve that can be run both ways, age by it, and parts fail by their laws."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as some

from navswap.features.faults.domain.catalogue import KINDS, REMOTE, Action, Component, FaultCode
from navswap.features.faults.domain.priors import prior_of
from navswap.kit.charging import STANDARD_PACK
from navswap.simulation.draws import Draws
from navswap.simulation.world.ageing import calendar_loss_percent, charge_loss_percent, worn
from navswap.simulation.world.charging import ChargeCurve, drained_percent
from navswap.simulation.world.failures import (
    CODES,
    LIFETIMES,
    WORK_MINUTES,
    chance,
    clears,
    code_of,
    minutes_by_itself,
    work_minutes,
)
from navswap.simulation.world.people import partner_answer, transporter_answer

CURVE = ChargeCurve.of(STANDARD_PACK)
SOC = some.floats(0, 100)
KW = some.floats(0.05, 3.0)


@given(soc=SOC, target=SOC, kw=KW, soh=some.floats(50, 100))
def test_the_minutes_to_a_charge_lead_to_that_charge(
    soc: float, target: float, kw: float, soh: float
) -> None:
    curve = ChargeCurve.of(STANDARD_PACK, soh)

    reached = curve.soc_after(soc, curve.minutes_to(soc, target, kw), kw)

    assert reached == pytest.approx(max(soc, target), abs=1e-7)


@given(soc=SOC, first=some.floats(0, 200), second=some.floats(0, 200), kw=KW)
def test_charging_in_two_parts_is_charging_at_once(
    soc: float, first: float, second: float, kw: float
) -> None:
    in_parts = CURVE.soc_after(CURVE.soc_after(soc, first, kw), second, kw)

    assert in_parts == pytest.approx(CURVE.soc_after(soc, first + second, kw), abs=1e-7)


@given(soc=SOC, minutes=some.floats(0, 600), kw=KW, more=some.floats(0, 2))
def test_more_power_or_time_never_gives_less_charge(
    soc: float, minutes: float, kw: float, more: float
) -> None:
    reached = CURVE.soc_after(soc, minutes, kw)

    assert soc <= reached <= 100
    assert CURVE.soc_after(soc, minutes, kw + more) >= reached - 1e-9
    assert CURVE.soc_after(soc, minutes + more, kw) >= reached - 1e-9


@given(soc=some.floats(0, 99.9), kw=KW)
def test_the_power_is_the_slope_of_the_curve(soc: float, kw: float) -> None:
    step = 1e-3
    gained = CURVE.soc_after(soc, step, kw) - soc

    drawn = CURVE.energy_kwh(soc, soc + gained) / (step / 60)

    assert drawn == pytest.approx(CURVE.power_kw(soc, kw), rel=1e-3)


def test_up_to_the_knee_the_curve_is_that_of_the_product() -> None:
    assert CURVE.minutes_to(20, 80, 10) == pytest.approx(STANDARD_PACK.minutes_to_gain(60))
    assert CURVE.minutes_to(80, 100, 10) > 1.5 * STANDARD_PACK.minutes_to_gain(20)


def test_a_weak_feeder_moves_the_knee_up_and_none_never_fills_a_pack() -> None:
    assert CURVE.power_kw(90, 0.3) == 0.3
    assert CURVE.power_kw(90, 10) < CURVE.max_kw
    assert CURVE.power_kw(100, 10) == 0
    assert math.isinf(CURVE.minutes_to(50, 60, 0))
    assert CURVE.soc_after(50, 100, 0) == 50


def test_an_aged_pack_is_full_sooner() -> None:
    assert ChargeCurve.of(STANDARD_PACK, 80).minutes_to(0, 100, 1) < CURVE.minutes_to(0, 100, 1)


def test_a_scooter_rides_fifty_to_seventy_km_with_a_full_pack_and_twice_as_far_with_two() -> None:
    of_ten_km = drained_percent(10_000, STANDARD_PACK.capacity_kwh)

    assert 50 < 1000 / of_ten_km < 70
    assert drained_percent(10_000, STANDARD_PACK.capacity_kwh, packs=2) == pytest.approx(of_ten_km / 2)
    assert drained_percent(10_000, STANDARD_PACK.capacity_kwh, celsius=0) > 1.1 * of_ten_km


def test_a_pack_of_three_and_a_half_years_and_seven_hundred_cycles_is_as_worn_as_those_of_the_demonstration() -> (
    None
):
    loss = calendar_loss_percent(3.5 * 365, 27, 60) + 700 * charge_loss_percent(15, 100)

    assert 86 < worn(100, loss) < 91


def test_heat_full_charge_depth_and_haste_age_a_pack_faster() -> None:
    assert calendar_loss_percent(30, 37) == pytest.approx(2 * calendar_loss_percent(30, 25))
    assert calendar_loss_percent(30, 25, 100) > calendar_loss_percent(30, 25, 20)
    assert charge_loss_percent(0, 100) > 2 * charge_loss_percent(0, 50)
    assert charge_loss_percent(0, 100, 42) > charge_loss_percent(0, 100)
    assert charge_loss_percent(0, 100, c_rate=1.0) > charge_loss_percent(0, 100)
    assert worn(41, 5) == 40


@pytest.mark.parametrize("component", LIFETIMES)
def test_lifetimes_have_the_mean_of_their_law(component: Component) -> None:
    law, draws = LIFETIMES[component], Draws(9)

    lives = [law.left(draws, entity) for entity in range(4000)]

    assert statistics.fmean(lives) == pytest.approx(law.scale * math.gamma(1 + 1 / law.shape), rel=0.06)


def test_what_wears_out_has_less_left_the_older_it_is() -> None:
    law, draws = LIFETIMES[Component.PACK], Draws(2)

    new, old = (statistics.fmean(law.left(draws, e, 0, age) for e in range(500)) for age in (0, 2000))

    assert old < 0.5 * new


def test_each_failure_is_a_fault_of_its_component_with_its_share() -> None:
    draws = Draws(4)

    for component, shares in CODES.items():
        assert sum(share for _, share in shares) == pytest.approx(1)
        found = [code_of(component, draws, entity, 0) for entity in range(2000)]
        assert {KINDS[code].component for code in found} == {component}
        for code, share in shares:
            assert found.count(code) / 2000 == pytest.approx(share, abs=0.04)


def test_actions_clear_faults_about_as_often_as_is_believed_and_never_when_they_cannot() -> None:
    draws = Draws(6)
    gaps = []
    for code in FaultCode:
        possible = {*REMOTE[KINDS[code].component], Action.SWAP_MODULE, Action.SEND_TECHNICIAN}
        for action in Action:
            prior = prior_of(code, action)
            if action in possible:
                gaps.append(
                    chance(code, action, draws) - prior.successes / (prior.successes + prior.failures)
                )
            else:
                assert chance(code, action, draws) == 0
    assert abs(statistics.fmean(gaps)) < 0.05
    assert 0.02 < statistics.stdev(gaps) < 0.2


def test_outcomes_have_their_chance() -> None:
    draws = Draws(6)
    expected = chance(FaultCode.LATCH_STUCK, Action.RESET_MODULE, draws)

    worked = [clears(FaultCode.LATCH_STUCK, Action.RESET_MODULE, draws, fault, 0) for fault in range(3000)]

    assert statistics.fmean(worked) == pytest.approx(expected, abs=0.03)


def test_a_repair_takes_half_of_the_time_less_than_its_median() -> None:
    draws = Draws(8)

    minutes = [work_minutes(FaultCode.SLOT_FAILED, draws, fault) for fault in range(2000)]

    assert statistics.median(minutes) == pytest.approx(WORK_MINUTES[Component.SLOT], rel=0.05)
    assert min(minutes) > 0


def test_only_faults_that_end_by_themselves_do() -> None:
    ending = {code for code in FaultCode if minutes_by_itself(code, Draws(1), 7) is not None}

    assert ending == {code for code, kind in KINDS.items() if kind.ends_by_itself}


def test_people_refuse_more_often_what_is_far_or_does_not_fit() -> None:
    draws = Draws(3)
    near, far = (
        statistics.fmean(transporter_answer(draws, 1, offer, km).accepts for offer in range(2000))
        for km in (0.5, 8)
    )

    assert near > far + 0.2
    assert not any(partner_answer(draws, 5, offer, 0).accepts for offer in range(100))
    assert 0.7 < statistics.fmean(partner_answer(draws, 5, offer, 1).accepts for offer in range(2000)) < 0.9
