"""Which nights of a stay are paid."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.partners.domain import stays
from navswap.features.partners.domain.values import Stay

KOLKATA = ZoneInfo("Asia/Kolkata")
MONDAY = datetime(2026, 3, 2, tzinfo=KOLKATA)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("since", "until", "paid_through", "now", "nights"),
    [
        (MONDAY + 10 * HOUR, None, None, MONDAY + 23 * HOUR, []),
        (MONDAY + 10 * HOUR, None, None, MONDAY + 24 * HOUR, [2]),
        (MONDAY + 10 * HOUR, None, None, MONDAY + 80 * HOUR, [2, 3, 4]),
        (MONDAY + 10 * HOUR, None, "2026-03-03", MONDAY + 80 * HOUR, [4]),
        (MONDAY + 10 * HOUR, MONDAY + 11 * HOUR, None, MONDAY + 80 * HOUR, []),
        (MONDAY + 10 * HOUR, MONDAY + 24 * HOUR, None, MONDAY + 80 * HOUR, [2]),
        (MONDAY + 23.9 * HOUR, MONDAY + 24.1 * HOUR, None, MONDAY + 80 * HOUR, [2]),
        (MONDAY + 10 * HOUR, MONDAY + 30 * HOUR, "2026-03-02", MONDAY + 80 * HOUR, []),
    ],
)
def test_a_night_is_due_once_it_is_over_and_the_pack_was_there(
    since: datetime, until: datetime | None, paid_through: str | None, now: datetime, nights: list[int]
) -> None:
    stay = Stay("stay", "P", "shop", since, until, paid_through=paid_through)
    assert stays.nights_to_pay(stay, now, KOLKATA) == [date(2026, 3, day) for day in nights]


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=8, unique=True), st.integers(0, 6000))
def test_a_pack_that_moves_from_shop_to_shop_earns_each_night_once(minutes: list[int], later: int) -> None:
    moves = [MONDAY + timedelta(minutes=minute) for minute in sorted(minutes)]
    now = moves[-1] + timedelta(minutes=later)
    spans = zip(moves, [*moves[1:], None], strict=True)
    nights = [
        night
        for since, until in spans
        for night in stays.nights_to_pay(Stay("stay", "P", "shop", since, until), now, KOLKATA)
    ]
    expected = (now.astimezone(KOLKATA).date() - moves[0].date()).days
    assert nights == [moves[0].date() + timedelta(days=number) for number in range(expected)]


def test_a_stay_begins_is_paid_ends_and_is_settled() -> None:
    stay = stays.begin("stay", "P", "shop", MONDAY).after
    assert not stays.pay(stay, []).is_change
    paid = stays.pay(stay, [date(2026, 3, 2), date(2026, 3, 3)]).after
    assert paid == replace(stay, paid_through="2026-03-03", revision=2)
    ended = stays.end(paid, MONDAY + 60 * HOUR).after
    assert ended == replace(paid, until=MONDAY + 60 * HOUR, present=False, revision=3)
    settled = stays.pay(ended, []).after
    assert settled == replace(ended, settled=True, revision=4)
    assert not stays.pay(settled, []).is_change
