from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.partners.documents import OpeningSpan, Weekday
from navswap.features.partners.rules import (
    ShopFacts,
    acceptance_rate,
    allocate,
    is_open,
    nights_to_pay,
    read_opening_hours,
)

KOLKATA = ZoneInfo("Asia/Kolkata")
MONDAY = datetime(2026, 3, 2, tzinfo=KOLKATA)
HOUR = timedelta(hours=1)


def facts(
    shop_id: str = "a",
    *,
    metres: float = 1000.0,
    places: float = 10,
    probability: float = 0.5,
    recent: int = 0,
    capacity: int = 10,
) -> ShopFacts:
    return ShopFacts(shop_id, metres, places, probability, recent, capacity)


def test_opening_hours_are_read_day_by_day() -> None:
    spans = read_opening_hours("Mo-Fr 09:00-21:00; Sa 10:00-14:30")
    assert [span.weekday for span in spans] == list(Weekday)[:6]
    assert spans[0] == OpeningSpan(weekday=Weekday.MONDAY, opens_minute=540, closes_minute=1260)
    assert spans[-1] == OpeningSpan(weekday=Weekday.SATURDAY, opens_minute=600, closes_minute=870)


@pytest.mark.parametrize("text", ["24/7", "00:00-24:00", "Mo-Su 00:00-24:00"])
def test_a_shop_that_never_closes_is_always_open(text: str) -> None:
    spans = read_opening_hours(text)
    assert len(spans) == 7
    assert all(is_open(spans, MONDAY + number * HOUR, KOLKATA) for number in range(7 * 24))


@pytest.mark.parametrize(
    "text",
    ["", "whenever", "Mo 9-21", "Xx 09:00-21:00", "Fr-Mo 09:00-21:00", "Mo 21:00-09:00", "Mo 09:00-25:00"],
)
def test_what_tells_no_opening_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"opening hours|ends before"):
        read_opening_hours(text)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (MONDAY + 9 * HOUR, True),
        (MONDAY + 9 * HOUR - timedelta(seconds=1), False),
        (MONDAY + 21 * HOUR, False),
        (MONDAY + timedelta(days=6, hours=12), False),
        (datetime(2026, 3, 2, 3, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 3, 29, tzinfo=UTC), False),
    ],
)
def test_a_shop_is_open_by_its_own_clock(moment: datetime, open_: bool) -> None:
    assert is_open(read_opening_hours("Mo-Sa 09:00-21:00"), moment, KOLKATA) is open_


@pytest.mark.parametrize(
    ("accepted", "answered", "rate"), [(0, 0, 0.5), (8, 8, 0.9), (0, 8, 0.1), (4, 8, 0.5)]
)
def test_the_acceptance_rate_begins_at_one_half(accepted: int, answered: int, rate: float) -> None:
    assert acceptance_rate(accepted, answered) == pytest.approx(rate)


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
    assert allocate(1, shops) == {"better": 1}


def test_equal_shops_share_alike() -> None:
    assert allocate(9, [facts(name) for name in "abc"]) == {"a": 3, "b": 3, "c": 3}


SHOPS = st.lists(
    st.builds(
        facts,
        shop_id=st.uuids().map(str),
        metres=st.floats(0, 8000),
        places=st.floats(0, 12),
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
    given_ = allocate(packs, shops)
    places = {shop.shop_id: int(shop.free_places) for shop in shops}
    assert sum(given_.values()) == min(packs, sum(places.values()))
    assert all(0 < count <= places[shop_id] for shop_id, count in given_.items())


@given(st.integers(1, 30), SHOPS)
def test_no_pack_would_cost_less_at_another_shop(packs: int, shops: list[ShopFacts]) -> None:
    given_ = allocate(packs, shops)
    by_id = {shop.shop_id: shop for shop in shops}
    for here, count in given_.items():
        dearest = by_id[here].cost_metres(count - 1)
        for there in shops:
            taken = given_.get(there.shop_id, 0)
            if there.shop_id != here and taken < int(there.free_places):
                assert there.cost_metres(taken) >= dearest


@pytest.mark.parametrize(
    ("since", "until", "paid_through", "now", "nights"),
    [
        (MONDAY + 10 * HOUR, None, None, MONDAY + 23 * HOUR, []),
        (MONDAY + 10 * HOUR, None, None, MONDAY + 24 * HOUR, [2]),
        (MONDAY + 10 * HOUR, None, None, MONDAY + 80 * HOUR, [2, 3, 4]),
        (MONDAY + 10 * HOUR, None, date(2026, 3, 3), MONDAY + 80 * HOUR, [4]),
        (MONDAY + 10 * HOUR, MONDAY + 11 * HOUR, None, MONDAY + 80 * HOUR, []),
        (MONDAY + 10 * HOUR, MONDAY + 24 * HOUR, None, MONDAY + 80 * HOUR, [2]),
        (MONDAY + 23.9 * HOUR, MONDAY + 24.1 * HOUR, None, MONDAY + 80 * HOUR, [2]),
        (MONDAY + 10 * HOUR, MONDAY + 30 * HOUR, date(2026, 3, 2), MONDAY + 80 * HOUR, []),
    ],
)
def test_a_night_is_due_once_it_is_over_and_the_pack_was_there(
    since: datetime, until: datetime | None, paid_through: date | None, now: datetime, nights: list[int]
) -> None:
    due = nights_to_pay(since, until, paid_through, now, KOLKATA)
    assert due == [date(2026, 3, day) for day in nights]


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=8, unique=True), st.integers(0, 6000))
def test_a_pack_that_moves_from_shop_to_shop_earns_each_night_once(minutes: list[int], later: int) -> None:
    moves = [MONDAY + timedelta(minutes=one) for one in sorted(minutes)]
    now = moves[-1] + timedelta(minutes=later)
    stays = list(zip(moves, [*moves[1:], None], strict=True))
    nights = [night for since, until in stays for night in nights_to_pay(since, until, None, now, KOLKATA)]
    expected = (now.astimezone(KOLKATA).date() - moves[0].date()).days
    assert nights == [moves[0].date() + timedelta(days=number) for number in range(expected)]
