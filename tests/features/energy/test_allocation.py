"""The greedy allocation is as good as the linear programme, on any instance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.domain.allocation import allocate
from tests.features.energy.linear_programme import cost_of, least_cost, most_delivered

Instance = tuple[list[int], list[list[int]], list[int], list[int]]


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Return needs, room, capacity and the price of each step; windows end anywhere, limits are often tight."""
    packs, steps = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    sized = st.integers(0, 12)
    ends = draw(st.lists(st.integers(0, steps), min_size=packs, max_size=packs))
    room = [[draw(sized) if step < end else 0 for step in range(steps)] for end in ends]
    needs = draw(st.lists(st.integers(0, 30), min_size=packs, max_size=packs))
    capacity = draw(st.lists(st.integers(0, 25), min_size=steps, max_size=steps))
    prices = draw(st.lists(st.integers(0, 4), min_size=steps, max_size=steps))
    return needs, room, capacity, prices


def by_price(prices: list[int]) -> list[int]:
    return sorted(range(len(prices)), key=lambda step: (prices[step], step))


@given(instances())
def test_an_allocation_keeps_every_bound(instance: Instance) -> None:
    needs, room, capacity, prices = instance
    flow = allocate(needs, room, capacity, by_price(prices))
    assert all(0 <= flow[p][t] <= room[p][t] for p in range(len(needs)) for t in range(len(capacity)))
    assert all(sum(row) <= need for row, need in zip(flow, needs, strict=True))
    assert all(sum(column) <= most for column, most in zip(zip(*flow, strict=True), capacity, strict=True))


@given(instances())
def test_an_allocation_delivers_as_much_as_the_linear_programme(instance: Instance) -> None:
    needs, room, capacity, prices = instance
    flow = allocate(needs, room, capacity, by_price(prices))
    assert sum(map(sum, flow)) == most_delivered(needs, room, capacity)


@given(instances())
def test_an_allocation_costs_as_little_as_the_linear_programme(instance: Instance) -> None:
    needs, room, capacity, prices = instance
    flow = allocate(needs, room, capacity, by_price(prices))
    delivered = [sum(row) for row in flow]
    assert cost_of(flow, prices) == pytest.approx(least_cost(delivered, room, capacity, prices))


@given(instances())
def test_each_pack_gets_the_most_that_the_more_important_ones_leave(instance: Instance) -> None:
    needs, room, capacity, prices = instance
    delivered = [sum(row) for row in allocate(needs, room, capacity, by_price(prices))]
    for position in range(len(needs)):
        first = [*needs[: position + 1], *[0] * (len(needs) - position - 1)]
        assert sum(delivered[: position + 1]) == most_delivered(first, room, capacity)


def test_a_pack_gives_way_in_the_cheap_step_to_one_that_has_no_other() -> None:
    """Allocating pack by pack would leave the second pack empty, or let the first one charge dear for nothing."""
    flow = allocate([10, 10], [[10, 10, 10], [10, 0, 0]], [10, 10, 10], order=[0, 2, 1])
    assert flow == [[0, 0, 10], [10, 0, 0]]
