"""Keyed draws depend on their key alone, and look random."""

import statistics

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from navswap.simulation.draws import Draws, Purpose

KEYS = some.tuples(some.sampled_from(Purpose), some.integers(0, 10**6), some.integers(0, 10**6))


@given(seed=some.integers(0, 2**64 - 1), key=KEYS, others=some.lists(KEYS, max_size=5))
def test_other_draws_shift_no_draw(
    seed: int, key: tuple[Purpose, int, int], others: list[tuple[Purpose, int, int]]
) -> None:
    first = Draws(seed).uniform(*key)
    draws = Draws(seed)
    for other in others:
        draws.uniform(*other)

    assert draws.uniform(*key) == first
    assert 0 <= first < 1


def test_neighbouring_keys_give_uncorrelated_uniforms() -> None:
    draws = Draws(7)

    series = [draws.uniform(Purpose.PATIENCE, entity) for entity in range(20_000)]
    next_index = [draws.uniform(Purpose.PATIENCE, entity, 1) for entity in range(20_000)]

    assert abs(statistics.fmean(series) - 0.5) < 0.01
    assert abs(statistics.pstdev(series) - 12**-0.5) < 0.01
    assert abs(statistics.correlation(series, next_index)) < 0.03
    assert abs(statistics.correlation(series[:-1], series[1:])) < 0.03


def test_a_weibull_variable_of_shape_one_is_exponential_with_the_mean_of_its_scale() -> None:
    draws = Draws(3)

    lives = [draws.weibull(1.0, 40.0, Purpose.SLOT_FAILURE, slot) for slot in range(20_000)]

    assert abs(statistics.fmean(lives) - 40) < 1


def test_series_of_two_purposes_differ_and_repeat() -> None:
    demand = Draws(5).generator(Purpose.DEMAND, 1).random(4)

    assert (demand == Draws(5).generator(Purpose.DEMAND, 1).random(4)).all()
    assert (demand != Draws(5).generator(Purpose.WEATHER, 1).random(4)).all()
    assert (demand != Draws(5).generator(Purpose.DEMAND, 2).random(4)).all()


def test_draws_all_at_once_are_those_one_by_one() -> None:
    draws = Draws(2**64 - 3)
    entities = np.array([0, 1, 7, 2**31, 2**62 + 5], dtype=np.int64)

    together = draws.uniforms(Purpose.RIDER, entities, 3)

    assert together.tolist() == [draws.uniform(Purpose.RIDER, entity, 3) for entity in entities.tolist()]
