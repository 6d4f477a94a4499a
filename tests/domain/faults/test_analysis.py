import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.faults.domain.analysis import (
    ActionRecord,
    choose,
    cost_minutes,
    is_allowed,
    rank_actions,
)
from navswap.features.faults.domain.catalogue import MANUAL, Action, FaultCode
from navswap.features.faults.domain.values import FaultSource, Outcome
from tests.domain.faults.builders import PLAIN, a_fault, attempt

C, A, O = FaultCode, Action, Outcome  # noqa: E741 - the tables read best in short


def test_nothing_known_ranks_a_remote_repair_first_and_claims_no_more_than_a_coin() -> None:
    ranked = rank_actions(C.SLOT_FAILED, {}, PLAIN)
    assert ranked[0].action is A.RESET_MODULE
    assert {advised.probability for advised in ranked} == {0.5}


def test_what_failed_again_and_again_falls_behind_what_worked() -> None:
    history = {A.RESET_MODULE: ActionRecord(20, 0, 0.0), A.SWAP_MODULE: ActionRecord(20, 19, 19 * 40.0)}
    ranked = rank_actions(C.SLOT_FAILED, history, PLAIN)
    swap = next(advised for advised in ranked if advised.action is A.SWAP_MODULE)
    reset = next(advised for advised in ranked if advised.action is A.RESET_MODULE)
    assert swap.probability == pytest.approx(20 / 22)
    assert reset.probability == pytest.approx(1 / 22)
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
