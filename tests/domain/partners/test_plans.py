"""Which shops are asked for how many packs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.plans import ShopFacts, StorageForecast, allocate, plan_storage
from navswap.features.partners.domain.values import Wanted
from navswap.features.partners.errors import NoStoragePlaceError
from navswap.kit.forecasts import Source
from tests.domain.partners.values import NOW, a_shop

DEFAULTS = StorageParameters()


def facts(
    shop_id: str = "a",
    *,
    metres: float = 1000.0,
    places: float = 10,
    probability: float = 0.5,
    recent: int = 0,
    capacity: int = 10,
) -> ShopFacts:
    forecast = StorageForecast(places, probability, Source.BASELINE)
    return ShopFacts(shop_id, metres, 12, forecast, recent, capacity)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"metres": 500}, {"metres": 1500}),
        ({"probability": 0.9}, {"probability": 0.3}),
        ({"recent": 0}, {"recent": 9}),
        ({"recent": 5, "capacity": 20}, {"recent": 5, "capacity": 6}),
    ],
)
def test_the_nearer_the_more_willing_and_the_less_favoured_shop_is_asked_first(
    better: dict[str, float], worse: dict[str, float]
) -> None:
    shops = [facts("worse", **worse), facts("better", **better)]  # type: ignore[arg-type]  # whole numbers stay whole
    assert allocate(1, shops, DEFAULTS) == {"better": 1}


def test_equal_shops_share_alike_and_nearer_ones_get_all_where_fairness_weighs_nothing() -> None:
    assert allocate(9, [facts(name) for name in "abc"], DEFAULTS) == {"a": 3, "b": 3, "c": 3}
    unfair = StorageParameters(fairness_metres=0)
    assert allocate(9, [facts("near", metres=10), facts("far", metres=20)], unfair) == {"near": 9}


def test_a_shop_is_asked_for_no_more_than_it_has_places_now() -> None:
    shop = a_shop(stock_packs=7)
    forecast = StorageForecast(9.0, 0.5, Source.BASELINE)
    assert ShopFacts.of(shop, shop.point, forecast, 0).places == 3


def test_a_plan_says_what_it_was_made_from_and_what_found_no_place() -> None:
    shops = [facts("near", places=4, recent=5), facts("far", metres=9_999, places=3), facts("full", places=0)]
    plan = plan_storage("plan", Wanted("station", 10, None, "NS-72"), shops, DEFAULTS, "admin", NOW)
    assert (plan.unplaced_packs, plan.made_by, plan.made_at) == (3, "admin", NOW)
    assert {candidate.shop_id: candidate.packs for candidate in plan.candidates} == {
        "near": 4,
        "far": 3,
        "full": 0,
    }
    assert plan.candidates[0].recent_share == 0.5
    with pytest.raises(NoStoragePlaceError):
        plan_storage("plan", Wanted("station", 1), [facts(places=0)], DEFAULTS, "admin", NOW)


@pytest.mark.parametrize("values", [{"reach_metres": 0.0}, {"least_probability": 0.0}])
def test_parameters_that_cannot_be_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        StorageParameters(**values)  # type: ignore[arg-type]  # the others keep their defaults


SHOPS = st.lists(
    st.builds(
        facts,
        shop_id=st.uuids().map(str),
        metres=st.floats(0, 8000),
        places=st.floats(0, 14),
        probability=st.floats(0, 1),
        recent=st.integers(0, 40),
        capacity=st.integers(1, 12),
    ),
    max_size=6,
)


@given(st.integers(0, 60), SHOPS)
def test_as_many_packs_as_there_are_places_for_are_placed_and_none_twice(
    packs: int, shops: list[ShopFacts]
) -> None:
    given_ = allocate(packs, shops, DEFAULTS)
    places = {shop.shop_id: min(12, int(shop.forecast.free_places)) for shop in shops}
    assert sum(given_.values()) == min(packs, sum(places.values()))
    assert all(0 < count <= places[shop_id] for shop_id, count in given_.items())


@given(st.integers(1, 30), SHOPS)
def test_no_pack_would_cost_less_at_another_shop(packs: int, shops: list[ShopFacts]) -> None:
    given_ = allocate(packs, shops, DEFAULTS)
    by_id = {shop.shop_id: shop for shop in shops}
    for here, count in given_.items():
        dearest = by_id[here].cost_metres(count - 1, DEFAULTS)
        for there in shops:
            taken = given_.get(there.shop_id, 0)
            if there.shop_id != here and taken < there.places:
                assert there.cost_metres(taken, DEFAULTS) >= dearest
