from hypothesis import given
from hypothesis import strategies as st

from navswap.features.stations.rules import Availability, block, unblock
from navswap.features.stations.service import Block, SlotState, StationState

OPEN = Availability(StationState.OPEN, (), paused_by_fault=False)


def a_block(fault: str, evse_id: int | None) -> Block:
    return Block(fault_id=fault, evse_id=evse_id, state=SlotState.FAULTED)


blocks = st.builds(a_block, st.sampled_from("abc"), st.none() | st.integers(1, 3))


def test_a_slot_does_not_close_the_station() -> None:
    assert block(OPEN, a_block("a", 1)).state is StationState.OPEN


def test_a_station_opens_with_the_last_fault_that_paused_it() -> None:
    paused = block(block(OPEN, a_block("a", None)), a_block("b", None))
    assert paused.state is StationState.OUT_OF_SERVICE
    once = unblock(paused, "a")
    assert once.state is StationState.OUT_OF_SERVICE
    assert unblock(once, "b") == OPEN


def test_no_repair_opens_a_station_that_the_operator_closed() -> None:
    for state in (StationState.CLOSED, StationState.OUT_OF_SERVICE):
        closed = Availability(state, (), paused_by_fault=False)
        assert unblock(block(closed, a_block("a", None)), "a") == closed


@given(st.lists(blocks))
def test_once_every_fault_is_over_all_is_as_it_was(faults: list[Block]) -> None:
    now = OPEN
    for one in faults:
        now = block(block(now, one), one)
    assert len(now.blocks) == len({(one.fault_id, one.evse_id) for one in faults})
    for fault_id in "abc":
        now = unblock(now, fault_id)
    assert now == OPEN
