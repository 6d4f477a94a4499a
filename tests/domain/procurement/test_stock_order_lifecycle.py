"""The life of a stock order, without a database."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.procurement.domain import lifecycle
from navswap.features.procurement.domain.lifecycle import Decision
from navswap.features.procurement.domain.values import MAX_PACKS, OrderInputs, OrderState, StockOrder
from navswap.features.procurement.errors import MorePacksThanOrderedError, StockOrderDecidedError
from navswap.features.procurement.events import (
    StockOrderApproved,
    StockOrderChanged,
    StockOrderPacksReceived,
    StockOrderProposed,
    StockOrderReceived,
    StockOrderRejected,
    StockOrderSuperseded,
)
from navswap.kit.forecasts import Source
from navswap.kit.lifecycle import Transition

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INPUTS = OrderInputs(2.0, 1.0, 28, Source.BASELINE, 14, 0.95, 37, 30, 0, 0, NOON)
DECISION = Decision("admin", NOON, "cheaper by the dozen")


def proposal(packs: int = 3) -> StockOrder:
    return lifecycle.propose("o1", "d1", "2026-03-02", packs, INPUTS).after


def approved(packs: int = 3) -> StockOrder:
    return lifecycle.approve(proposal(packs), DECISION).after


STATES = {
    OrderState.PROPOSED: proposal(),
    OrderState.APPROVED: approved(),
    OrderState.REJECTED: lifecycle.reject(proposal(), DECISION).after,
    OrderState.SUPERSEDED: lifecycle.supersede(proposal()).after,
    OrderState.RECEIVED: lifecycle.receive(approved(), ["N1", "N2", "N3"], NOON).after,
}


def test_each_state_is_reached_by_its_transition() -> None:
    assert {state: order.state for state, order in STATES.items()} == {state: state for state in OrderState}


@pytest.mark.parametrize(
    ("transition", "permitted", "repeated"),
    [
        (lifecycle.supersede, {OrderState.PROPOSED}, set()),
        (lambda order: lifecycle.approve(order, DECISION), {OrderState.PROPOSED}, {OrderState.APPROVED}),
        (lambda order: lifecycle.approve(order, DECISION, 7), {OrderState.PROPOSED}, set()),
        (lambda order: lifecycle.reject(order, DECISION), {OrderState.PROPOSED}, {OrderState.REJECTED}),
        (lambda order: lifecycle.receive(order, ["M1"], NOON), {OrderState.APPROVED}, set()),
        (lambda order: lifecycle.receive(order, ["N1"], NOON), {OrderState.APPROVED}, {OrderState.RECEIVED}),
    ],
    ids=["supersede", "approve", "approve another number", "reject", "receive", "receive again"],
)
@pytest.mark.parametrize("state", OrderState)
def test_a_transition_is_made_repeated_or_refused(
    transition: Callable[[StockOrder], Transition[StockOrder]],
    permitted: set[OrderState],
    repeated: set[OrderState],
    state: OrderState,
) -> None:
    order = STATES[state]
    if state in permitted:
        made = transition(order)
        assert made.before is order
        assert made.after.revision == order.revision + 1
        assert [fact.order for fact in made.facts if isinstance(fact, StockOrderChanged)] == [made.after]
    elif state in repeated:
        assert not transition(order).is_change
    else:
        with pytest.raises(StockOrderDecidedError, match=str(state)):
            transition(order)


def test_a_proposal_is_published_and_bounded() -> None:
    proposed = lifecycle.propose("o1", "d1", "2026-03-02", MAX_PACKS + 5, INPUTS)
    assert proposed.before is None
    assert proposed.facts == (StockOrderProposed(proposed.after),)
    assert (proposed.after.packs, proposed.after.proposed_at) == (MAX_PACKS, NOON)


def test_a_decision_keeps_who_decided_when_and_why() -> None:
    made = lifecycle.approve(proposal(), DECISION, 12)
    assert made.facts == (StockOrderApproved(made.after),)
    order = made.after
    assert (order.packs, order.decided_by, order.decided_at, order.note) == (12, "admin", NOON, DECISION.note)
    assert order.packs_on_order == 12
    assert isinstance(lifecycle.reject(proposal(), DECISION).facts[0], StockOrderRejected)
    assert isinstance(lifecycle.supersede(proposal()).facts[0], StockOrderSuperseded)


def test_the_last_pack_completes_the_order() -> None:
    some = lifecycle.receive(approved(3), ["N1", "N2"], NOON)
    assert some.facts == (StockOrderPacksReceived(some.after),)
    assert (some.after.state, some.after.received_at, some.after.packs_on_order) == (
        OrderState.APPROVED,
        None,
        1,
    )
    rest = lifecycle.receive(some.after, ["N2", "N3"], NOON)
    assert rest.facts == (StockOrderReceived(rest.after),)
    assert (rest.after.received, rest.after.received_at) == (("N1", "N2", "N3"), NOON)
    assert rest.after.packs_on_order == 0


def test_more_packs_than_were_ordered_are_refused() -> None:
    with pytest.raises(MorePacksThanOrderedError, match="3 packs"):
        lifecycle.receive(approved(3), ["N1", "N2", "N3", "N4"], NOON)


@given(st.lists(st.lists(st.sampled_from("ABCDE"), max_size=4), max_size=6))
def test_packs_are_counted_once_however_often_they_are_scanned(scans: list[list[str]]) -> None:
    order = approved(5)
    for scanned in scans:
        order = lifecycle.receive(order, list(dict.fromkeys(scanned)), NOON).after
    assert sorted(order.received) == sorted({serial for scanned in scans for serial in scanned})
