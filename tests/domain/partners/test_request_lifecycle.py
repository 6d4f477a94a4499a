"""The life of a storage request: each transition from each state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.partners.domain import lifecycle
from navswap.features.partners.domain.lifecycle import Step
from navswap.features.partners.domain.values import OPEN, PartnerShop, RequestState, StorageRequest
from navswap.features.partners.errors import (
    MorePacksThanAcceptedError,
    NoStoragePlaceError,
    StorageRequestClosedError,
)
from navswap.features.partners.events import (
    ShopChanged,
    StorageAccepted,
    StorageCollected,
    StorageDeclined,
    StorageExpired,
    StorageFulfilled,
    StorageReceived,
    StorageReleased,
    StorageRequestChanged,
    StorageRequested,
    shop_stream,
)
from navswap.kit.errors import NavSwapError
from tests.domain.partners.values import HOUR, NOW, a_plan, a_request, a_shop

DELIVER_WITHIN = 24 * HOUR
CLOSED = StorageRequestClosedError
Decide = Callable[[StorageRequest, PartnerShop, datetime], Step]


def accept(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    return lifecycle.accept(request, shop, now, DELIVER_WITHIN)


def collect(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    return lifecycle.collect(request, shop, ["new"], now)


def receive(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    return lifecycle.receive(request, shop, ["new"], now)


def receive_all(request: StorageRequest, shop: PartnerShop, now: datetime) -> Step:
    return lifecycle.receive(request, shop, ["new", "newer"], now)


REQUEST = {
    RequestState.REQUESTED: a_request(),
    RequestState.ACCEPTED: a_request(
        state=RequestState.ACCEPTED, answered_at=NOW, collected=("old",), received=("old",), revision=4
    ),
    RequestState.DECLINED: a_request(state=RequestState.DECLINED, answered_at=NOW, ended_at=NOW, revision=2),
    RequestState.EXPIRED: a_request(state=RequestState.EXPIRED, ended_at=NOW, revision=2),
    RequestState.FULFILLED: a_request(
        state=RequestState.FULFILLED, received=("old", "older", "oldest"), ended_at=NOW, revision=5
    ),
}
SHOP = a_shop(stock_packs=2, reserved_packs=2, offered_packs=3, answered=4, accepted=3, request_sequence=9)
UNCHANGED = None
SOON, LATE = NOW + HOUR, NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("decide", "state", "now", "outcome"),
    [
        (accept, RequestState.REQUESTED, SOON, (StorageAccepted, RequestState.ACCEPTED, (2, 5, 0, 5, 4))),
        (accept, RequestState.REQUESTED, LATE, CLOSED),
        (accept, RequestState.ACCEPTED, SOON, UNCHANGED),
        (accept, RequestState.DECLINED, SOON, CLOSED),
        (accept, RequestState.EXPIRED, SOON, CLOSED),
        (accept, RequestState.FULFILLED, SOON, CLOSED),
        (
            lifecycle.decline,
            RequestState.REQUESTED,
            SOON,
            (StorageDeclined, RequestState.DECLINED, (2, 2, 0, 5, 3)),
        ),
        (lifecycle.decline, RequestState.REQUESTED, LATE, CLOSED),
        (lifecycle.decline, RequestState.ACCEPTED, SOON, CLOSED),
        (lifecycle.decline, RequestState.DECLINED, SOON, UNCHANGED),
        (lifecycle.decline, RequestState.EXPIRED, SOON, CLOSED),
        (lifecycle.decline, RequestState.FULFILLED, SOON, CLOSED),
        (collect, RequestState.REQUESTED, SOON, CLOSED),
        (collect, RequestState.ACCEPTED, SOON, (StorageCollected, RequestState.ACCEPTED, (2, 2, 3, 4, 3))),
        (collect, RequestState.ACCEPTED, LATE, CLOSED),
        (collect, RequestState.DECLINED, SOON, CLOSED),
        (collect, RequestState.EXPIRED, SOON, CLOSED),
        (collect, RequestState.FULFILLED, SOON, CLOSED),
        (receive, RequestState.REQUESTED, SOON, CLOSED),
        (receive, RequestState.ACCEPTED, SOON, (StorageReceived, RequestState.ACCEPTED, (3, 1, 3, 4, 3))),
        (receive, RequestState.ACCEPTED, LATE, (StorageReceived, RequestState.ACCEPTED, (3, 1, 3, 4, 3))),
        (
            receive_all,
            RequestState.ACCEPTED,
            SOON,
            (StorageFulfilled, RequestState.FULFILLED, (4, 0, 3, 4, 3)),
        ),
        (receive, RequestState.DECLINED, SOON, CLOSED),
        (receive, RequestState.EXPIRED, SOON, CLOSED),
        (receive, RequestState.FULFILLED, SOON, CLOSED),
        (lifecycle.expire, RequestState.REQUESTED, SOON, UNCHANGED),
        (
            lifecycle.expire,
            RequestState.REQUESTED,
            LATE,
            (StorageExpired, RequestState.EXPIRED, (2, 2, 0, 5, 3)),
        ),
        (lifecycle.expire, RequestState.ACCEPTED, SOON, UNCHANGED),
        (
            lifecycle.expire,
            RequestState.ACCEPTED,
            LATE,
            (StorageExpired, RequestState.EXPIRED, (2, 0, 3, 4, 3)),
        ),
        (lifecycle.expire, RequestState.DECLINED, LATE, UNCHANGED),
        (lifecycle.expire, RequestState.EXPIRED, LATE, UNCHANGED),
        (lifecycle.expire, RequestState.FULFILLED, LATE, UNCHANGED),
    ],
)
def test_each_transition_from_each_state(
    decide: Decide,
    state: RequestState,
    now: datetime,
    outcome: tuple[type[StorageRequestChanged], RequestState, tuple[int, ...]] | type[NavSwapError] | None,
) -> None:
    request = REQUEST[state]
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            decide(request, SHOP, now)
        return
    step = decide(request, SHOP, now)
    if outcome is UNCHANGED:
        assert not step.request.is_change
        assert not step.shop.is_change
        assert step.request.facts == ()
        return
    fact, after, counters = outcome
    shop = step.shop.after
    before = SHOP.free_places, SHOP.capacity_packs
    assert step.request.facts == (fact(step.request.after, SHOP.request_sequence + 1, *before),)
    assert step.facts == (*step.request.facts, ShopChanged.of(shop))
    assert step.request.after.state is after
    assert step.request.after.revision == request.revision + 1
    assert (step.request.after.ended_at is None) == (after in OPEN)
    assert (
        shop.stock_packs,
        shop.reserved_packs,
        shop.offered_packs,
        shop.answered,
        shop.accepted,
    ) == counters
    assert (shop.request_sequence, shop.revision) == (SHOP.request_sequence + 1, SHOP.revision + 1)


def test_a_shop_is_asked_for_what_it_has_places_for() -> None:
    shop, plan = a_shop(stock_packs=7, request_sequence=4), a_plan(model_id="NS-72")
    step = lifecycle.ask(shop, plan, "request", 3, NOW + 2 * HOUR)
    assert step.request.before is None
    assert step.request.after == a_request(pack_model_id="NS-72")
    assert (step.shop.after.offered_packs, step.shop.after.free_places) == (3, 0)
    [fact] = step.request.facts
    assert isinstance(fact, StorageRequested)
    assert (fact.key(), fact.streams()) == ("shop", {shop_stream("shop"): 5})
    with pytest.raises(NoStoragePlaceError):
        lifecycle.ask(shop, plan, "request", 4, NOW)


def test_an_accepted_request_waits_for_its_packs_from_the_answer_on() -> None:
    accepted = accept(a_request(), a_shop(offered_packs=3), SOON).request.after
    assert (accepted.answered_at, accepted.due_at) == (SOON, SOON + DELIVER_WITHIN)


@pytest.mark.parametrize("decide", [lifecycle.collect, lifecycle.receive])
def test_more_packs_than_were_accepted_are_refused_and_known_ones_change_nothing(
    decide: Callable[[StorageRequest, PartnerShop, list[str], datetime], Step],
) -> None:
    request = REQUEST[RequestState.ACCEPTED]
    with pytest.raises(MorePacksThanAcceptedError):
        decide(request, SHOP, ["a", "b", "c"], SOON)
    assert not decide(request, SHOP, ["old"], SOON).request.is_change


def test_packs_that_came_without_being_fetched_count_where_others_are_fetched() -> None:
    request = replace(REQUEST[RequestState.ACCEPTED], collected=(), received=("x", "y"))
    with pytest.raises(MorePacksThanAcceptedError):
        lifecycle.collect(request, SHOP, ["a", "b"], SOON)
    assert lifecycle.collect(request, SHOP, ["a"], SOON).request.is_change


def test_counters_that_would_fall_below_zero_are_an_error_of_the_network() -> None:
    with pytest.raises(ValueError, match="recount"):
        lifecycle.decline(a_request(packs=3), a_shop(offered_packs=2), SOON)


@given(st.integers(1, 10), st.lists(st.sampled_from("adcrx"), max_size=12), st.data())
def test_whatever_happens_the_places_of_a_shop_are_those_of_its_request(
    packs: int, actions: list[str], data: st.DataObject
) -> None:
    step = lifecycle.ask(a_shop(), a_plan(packs), "request", packs, NOW + 2 * HOUR)
    now, sequence = NOW, 1
    for action in actions:
        request, shop = step.request.after, step.shop.after
        now += timedelta(minutes=data.draw(st.integers(0, 300)))
        scans = data.draw(st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=3, unique=True))
        try:
            step = {
                "a": lambda: accept(request, shop, now),  # noqa: B023 - called in this turn
                "d": lambda: lifecycle.decline(request, shop, now),  # noqa: B023 - as above
                "c": lambda: lifecycle.collect(request, shop, scans, now),  # noqa: B023 - as above
                "r": lambda: lifecycle.receive(request, shop, scans, now),  # noqa: B023 - as above
                "x": lambda: lifecycle.expire(request, shop, now),  # noqa: B023 - as above
            }[action]()
        except NavSwapError:
            continue
        sequence += step.request.is_change
        request, shop = step.request.after, step.shop.after
        is_waiting, is_accepted = (request.state is state for state in OPEN)
        assert shop.offered_packs == packs * is_waiting
        assert shop.reserved_packs == (packs - len(request.received)) * is_accepted
        assert shop.stock_packs == len(request.received) <= packs
        assert shop.request_sequence == sequence


@pytest.mark.parametrize(
    ("state", "released", "collected"),
    [
        (RequestState.ACCEPTED, ["here", "gone"], ("here", "there")),
        (RequestState.ACCEPTED, ["there", "gone", "other"], ("here",)),
        (RequestState.ACCEPTED, ["here", "other"], None),
        (RequestState.EXPIRED, ["gone"], None),
        (RequestState.FULFILLED, ["gone"], None),
    ],
)
def test_packs_that_do_not_come_are_fetched_no_more_and_leave_the_shop_as_it_was(
    state: RequestState, released: list[str], collected: tuple[str, ...] | None
) -> None:
    request = replace(REQUEST[state], collected=("here", "there", "gone"), received=("here",))
    step = lifecycle.release(request, SHOP, released)
    if collected is None:
        assert (step.request.is_change, step.shop.is_change) == (False, False)
        return
    assert step.request.after == replace(request, collected=collected, revision=request.revision + 1)
    before = SHOP.free_places, SHOP.capacity_packs
    assert step.request.facts == (StorageReleased(step.request.after, SHOP.request_sequence + 1, *before),)
    assert step.shop.after == replace(SHOP, request_sequence=10, revision=SHOP.revision + 1)


def test_a_shop_waits_for_packs_once_it_has_accepted_and_until_the_end() -> None:
    missing = {state: request.missing_packs for state, request in REQUEST.items()}
    assert missing == {**dict.fromkeys(RequestState, 0), RequestState.ACCEPTED: 2}
