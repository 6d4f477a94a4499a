import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.domain.analysis import (
    ActionRecord,
    choose,
    cost_minutes,
    is_allowed,
    rank_actions,
    source_of,
)
from navswap.features.faults.domain.catalogue import MANUAL, Action, FaultCode
from navswap.features.faults.domain.priors import prior_of
from navswap.features.faults.domain.values import FaultSource, Outcome
from navswap.kit.forecasts import Source
from tests.domain.faults.builders import PLAIN, a_fault, attempt

C, A, O = FaultCode, Action, Outcome  # noqa: E741 - the tables read best in short


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        (C.SLOT_FAILED, A.RESET_MODULE, A.SEND_TECHNICIAN),
        (C.LATCH_STUCK, A.RESET_MODULE, A.DERATE_CHARGING),
        (C.SLOT_HOT, A.DERATE_CHARGING, A.SEND_TECHNICIAN),
        (C.CHARGER_OVERHEATED, A.DERATE_CHARGING, A.SEND_TECHNICIAN),
        (C.METER_FAILED, A.RESET_MODULE, A.SEND_TECHNICIAN),
        (C.STATION_OFFLINE, A.RESET_MODULE, A.SEND_TECHNICIAN),
        (C.PACK_FAILED, A.SEND_TECHNICIAN, A.SEND_TECHNICIAN),
    ],
)
def test_where_nothing_was_tried_the_prior_of_code_and_component_ranks(
    code: FaultCode, first: Action, last: Action
) -> None:
    ranked = rank_actions(code, {}, PLAIN)
    assert (ranked[0].action, ranked[-1].action) == (first, last)
    assert source_of(ranked) is Source.PRIOR
    for advised in ranked:
        prior = prior_of(code, advised.action)
        assert advised.probability == prior.successes / (prior.successes + prior.failures)


@pytest.mark.parametrize("outcome", [O.REJECTED, O.TIMED_OUT, O.RELAPSED])
def test_what_just_failed_against_this_fault_is_ranked_lower(outcome: Outcome) -> None:
    before = rank_actions(C.SLOT_FAILED, {}, PLAIN)
    after = rank_actions(C.SLOT_FAILED, {}, PLAIN, [attempt(A.RESET_MODULE, outcome)])
    reset = next(advised for advised in after if advised.action is A.RESET_MODULE)
    assert before[0].action is A.RESET_MODULE
    assert after.index(reset) > 0
    assert (reset.tries, reset.successes, reset.probability) == (1, 0, 2 / (4 + PLAIN.own_try_weight))
    assert source_of(after) is Source.BASELINE


@pytest.mark.parametrize("outcome", [O.PENDING, O.SUCCEEDED, O.OVERTAKEN])
def test_what_did_not_fail_here_says_nothing_against_an_action(outcome: Outcome) -> None:
    own = [attempt(A.RESET_MODULE, outcome)]
    assert rank_actions(C.SLOT_FAILED, {}, PLAIN, own) == rank_actions(C.SLOT_FAILED, {}, PLAIN)


def test_what_failed_again_and_again_falls_behind_what_worked() -> None:
    history = {A.RESET_MODULE: ActionRecord(20, 0, 0.0), A.SWAP_MODULE: ActionRecord(20, 19, 19 * 40.0)}
    ranked = rank_actions(C.SLOT_FAILED, history, PLAIN)
    swap = next(advised for advised in ranked if advised.action is A.SWAP_MODULE)
    reset = next(advised for advised in ranked if advised.action is A.RESET_MODULE)
    assert swap.probability == pytest.approx((4 + 19) / (5 + 20))
    assert reset.probability == pytest.approx(2 / (4 + 20))
    assert swap.expected_minutes == pytest.approx((19 * 40 + 60) / 20)
    assert ranked.index(swap) < ranked.index(reset)


records = st.builds(
    lambda tries, part, minutes: ActionRecord(tries, int(tries * part), minutes),
    st.integers(0, 500),
    st.floats(0, 1),
    st.floats(0, 10_000),
)


@given(code=st.sampled_from(FaultCode), history=st.dictionaries(st.sampled_from(Action), records))
def test_probabilities_are_never_certain_and_the_cheapest_comes_first(
    code: FaultCode, history: dict[Action, ActionRecord]
) -> None:
    ranked = rank_actions(code, history, PLAIN)
    assert all(0 < advised.probability < 1 and advised.expected_minutes > 0 for advised in ranked)
    costs = [cost_minutes(advised, PLAIN) for advised in ranked]
    assert costs == sorted(costs)


@given(
    code=st.sampled_from(FaultCode),
    tries=st.lists(st.sampled_from(sorted(set(Action) - MANUAL)), max_size=PLAIN.max_commands + 2),
    source=st.sampled_from(FaultSource),
    earlier=st.integers(0, 5),
)
def test_attempts_are_limited_and_people_remain(
    code: FaultCode, tries: list[Action], source: FaultSource, earlier: int
) -> None:
    commands = [attempt(action, O.TIMED_OUT, 2) for action in tries]
    known = a_fault(code, *commands, source=source, earlier=earlier)
    chosen = choose(known, rank_actions(code, {}, PLAIN), PLAIN)
    if chosen not in MANUAL:
        assert tries.count(chosen) < PLAIN.max_tries
        assert len(tries) < PLAIN.max_commands
        assert source in {FaultSource.TELEMETRY, FaultSource.HEARTBEAT}
        assert earlier < PLAIN.flapping_faults
    assert is_allowed(known, A.SEND_TECHNICIAN, PLAIN)
