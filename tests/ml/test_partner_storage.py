"""Storage at partner shops: places and answers of shops, what is asked of them, and when asking pays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from navswap.features.partners.domain.values import RequestState, StorageRequest
from navswap.features.partners.events import (
    ShopChanged,
    StorageAccepted,
    StorageDeclined,
    StorageExpired,
    StorageRequested,
)
from navswap.ml.catalog.partner_storage import HORIZON, PARTNER_STORAGE
from navswap.ml.history import History, Rows, View
from navswap.ml.spec import DAY, HOUR, MINUTE, Span
from navswap.ml.tables import new_history
from tests.ml.feeding import features_of, feed, ms, rows_at

NOW = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
WEEK_SPAN = Span(ms(NOW - 7 * DAY), ms(NOW + DAY))


def ask(history: History, moment: datetime, id_: str, packs: int = 2, shop: str = "p1") -> StorageRequest:
    request = StorageRequest(id_, f"plan-{id_}", shop, "s1", packs, moment, moment + 2 * HOUR)
    feed(history, moment, StorageRequested(request, 1, 5, 8))
    return request


def answer(
    history: History, request: StorageRequest, *, accepts: bool, after: timedelta = 30 * MINUTE
) -> None:
    moment = request.requested_at + after
    state = RequestState.ACCEPTED if accepts else RequestState.DECLINED
    kind = StorageAccepted if accepts else StorageDeclined
    feed(history, moment, kind(replace(request, state=state, answered_at=moment), 2, 5, 8))


def expire(history: History, request: StorageRequest, moment: datetime) -> None:
    feed(
        history,
        moment,
        StorageExpired(replace(request, state=RequestState.EXPIRED, ended_at=moment), 3, 5, 8),
    )


def change(history: History, moment: datetime, free: int, shop: str = "p1") -> None:
    feed(history, moment, ShopChanged(shop, 8, 8 - free, 0, 0, free, 1, 1, 1))


def lived() -> History:
    """Return two days in which p1 accepts two of three requests, the last unanswered, and p2 declines its one."""
    history = new_history("Asia/Kolkata")
    for days, free in ((2, 6), (1, 4)):
        change(history, NOW - days * DAY, free)
    answer(history, ask(history, NOW - 2 * DAY, "r1"), accepts=True)
    answer(history, ask(history, NOW - DAY, "r2", packs=3), accepts=True, after=10 * MINUTE)
    expire(history, ask(history, NOW - 5 * HOUR, "r3"), NOW - 3 * HOUR)
    answer(history, ask(history, NOW - 4 * HOUR, "r4", shop="p2"), accepts=False)
    return history


def asked_of(history: History, *shops_and_packs: tuple[str, float], moment: datetime = NOW) -> Rows:
    """Return a row of each shop and number of packs, asked at a moment."""
    shops = [shop for shop, _ in shops_and_packs]
    rows = rows_at(history, [moment] * len(shops), HORIZON)
    packs = np.array([count for _, count in shops_and_packs])
    given = {
        "packs": packs,
        "capacity_packs": np.full(len(packs), 8.0),
        "minutes_to_answer": np.full(len(packs), 120.0),
    }
    return Rows(rows.as_of_ms, rows.horizon_ms, {"shop": history.entities("shop").find(shops)}, given)


def asked_now(history: History) -> dict[str, float]:
    rows = asked_of(history, ("p1", 2))
    return {name: float(column[0]) for name, column in features_of(PARTNER_STORAGE, history, rows).items()}


def test_features_of_a_shop_are_its_places_and_its_answers() -> None:
    found = asked_now(lived())
    assert (found["free_places"], found["free_share"], found["fits"], found["free_places_1d"]) == (
        4,
        0.5,
        2,
        4,
    )
    assert (found["asked_1d"], found["asked_7d"], found["answers_28d"]) == (1, 3, 3)
    assert found["accepted_28d"] == pytest.approx(2 / 3)
    assert found["unanswered_28d"] == pytest.approx(1 / 3)
    assert (found["last_accepted"], found["accepted_packs_7d"], found["answer_minutes_28d"]) == (0, 5, 20)
    assert (found["hours_since_answer"], found["network_accepted_7d"]) == (3, 0.5)
    assert (found["packs"], found["minutes_to_answer"], found["capacity_packs"]) == (2, 120, 8)


def test_a_shop_is_known_by_what_it_answers_about_this_time_of_day() -> None:
    history = new_history("Asia/Kolkata")
    for day in (3, 2, 1):
        answer(history, ask(history, NOW - day * DAY - 10 * MINUTE, f"b{day}"), accepts=False)
        answer(history, ask(history, NOW - day * DAY + 6 * HOUR, f"c{day}"), accepts=True, after=HOUR)
    expire(history, ask(history, NOW - 2 * DAY - HOUR, "silent"), NOW - 2 * DAY + HOUR)
    found = asked_now(history)
    own = (3 + 5 * 4 / 9) / (7 + 5)
    assert found["own_rate"] == pytest.approx(own)
    assert found["own_rate_at_hour"] == pytest.approx(5 * own / (4 + 5))
    assert (found["answers_at_hour"], found["minutes_at_hour"]) == (4, 30)


def test_requests_of_a_day_are_counted_from_the_shop_s_midnight() -> None:
    history = new_history("Asia/Kolkata")
    midnight = datetime(2026, 3, 8, 18, 30, tzinfo=UTC)
    for minutes in (-1, 1, 200):
        ask(history, midnight + minutes * MINUTE, f"r{minutes}")
    assert asked_now(history)["asked_today"] == 2


def test_places_are_seen_beside_those_that_a_shop_usually_has() -> None:
    history = new_history("Asia/Kolkata")
    for hours, capacity in ((5, 8), (4, 4), (1, 6)):
        feed(history, NOW - hours * HOUR, ShopChanged("p1", capacity, 3, 0, 0, capacity - 3, 1, 1, 1))
    found = asked_now(history)
    assert (found["usual_places"], found["free_of_usual"]) == (6, 0.5)


def test_a_request_is_asked_as_in_serving_just_before_the_shop_knows_of_it() -> None:
    history = lived()
    rows = PARTNER_STORAGE.ask(history, WEEK_SPAN)
    assert len(rows) == 4
    last = {name: float(column[2]) for name, column in features_of(PARTNER_STORAGE, history, rows).items()}
    moment = NOW - 5 * HOUR - timedelta(milliseconds=1)
    as_served = asked_of(history, ("p1", 2), moment=moment)
    assert last == {
        name: pytest.approx(float(column[0]), nan_ok=True)
        for name, column in features_of(PARTNER_STORAGE, history, as_served).items()
    }
    assert last["asked_7d"] == 2


def test_a_shop_that_is_asked_by_its_id_alone_is_asked_what_it_was_asked_last() -> None:
    rows = rows_at(lived(), [NOW], HORIZON, shop="p1")
    found = features_of(PARTNER_STORAGE, lived(), rows)
    said = [float(found[name][0]) for name in ("packs", "capacity_packs", "minutes_to_answer", "fits")]
    assert said == [2, 8, 120, 2]
    rules = [
        rule.forecast(
            View(new_history("Asia/Kolkata"), rows_at(new_history("Asia/Kolkata"), [NOW], HORIZON, shop="x"))
        )
        for rule in PARTNER_STORAGE.baselines
    ]
    assert [float(rule["free_places"][0]) for rule in rules] == [0, 0]


def test_an_answer_counts_once_and_silence_as_none() -> None:
    history = lived()
    change(history, NOW + DAY, 1)
    came = PARTNER_STORAGE.came(history, PARTNER_STORAGE.ask(history, WEEK_SPAN))
    assert came["accepts"].tolist() == [1, 1, 0, 0]
    assert came["free_places"][:3].tolist() == [6, 4, 4]
    assert np.isnan(came["free_places"][3]), "nothing is known of the places of p2"


def test_packs_that_do_not_come_to_a_shop_are_no_second_answer() -> None:
    history = new_history("Asia/Kolkata")
    request = ask(history, NOW - DAY, "r1")
    answer(history, request, accepts=True)
    expire(history, replace(request, answered_at=NOW - 23 * HOUR), NOW)
    assert history.tables["answers"].rows == 1


def test_what_is_not_answered_yet_has_no_outcome() -> None:
    history = lived()
    ask(history, NOW, "r5")
    came = PARTNER_STORAGE.came(history, PARTNER_STORAGE.ask(history, WEEK_SPAN))
    assert np.isnan(came["accepts"][4])
    assert np.isnan(came["free_places"][4])


def test_facts_of_versions_without_places_leave_them_unknown() -> None:
    history = new_history("Asia/Kolkata")
    feed(history, NOW, StorageRequested(StorageRequest("r1", "x", "p1", "s1", 2, NOW, NOW + HOUR), 1))
    assert np.isnan(history.tables["asked"].column("free_places")).all()


def test_rules_without_learning_take_the_places_now_and_rates_of_answers() -> None:
    history = lived()
    view = View(history, asked_of(history, ("p1", 2), ("p1", 5), ("new", 1)))
    last, own = (rule.forecast(view) for rule in PARTNER_STORAGE.baselines)
    assert last["free_places"].tolist() == own["free_places"].tolist() == [4, 4, 8]
    assert last["accepts"] == pytest.approx([0.5] * 3)
    assert own["accepts"] == pytest.approx([(2 + 2.5) / 8, 0.02, 0.5])


def test_a_shop_is_asked_where_stored_packs_outweigh_asking_in_vain() -> None:
    stakes = PARTNER_STORAGE.stakes
    asks = stakes.decide({"accepts": np.array([0.25, 0.35])})
    assert asks.tolist() == [0, 1]
    came = {"accepts": np.array([1.0, 0.0])}
    assert stakes.cost(np.array([1.0, 1.0]), came).tolist() == [-12, 5]
    assert stakes.cost(stakes.best(came), came).tolist() == [-12, 0]
