"""Pure decisions of stations: what is out of use while faults are open, and what comes back with the last of them."""

from dataclasses import dataclass, replace

from navswap.features.stations.documents import Block, StationState


@dataclass(frozen=True, slots=True)
class Availability:
    """What of a station is out of use; `paused_by_fault` says that it opens by itself once repaired."""

    state: StationState
    blocks: tuple[Block, ...]
    paused_by_fault: bool


def block(now: Availability, new: Block) -> Availability:
    """Return what is out of use once a fault blocks a slot or the station; the same block twice is one.

    A station that the operator has closed stays closed, so that no repair opens it.
    """
    place = (new.fault_id, new.evse_id)
    others = tuple(one for one in now.blocks if (one.fault_id, one.evse_id) != place)
    pauses = new.evse_id is None and now.state is StationState.OPEN
    return Availability(
        state=StationState.OUT_OF_SERVICE if pauses else now.state,
        blocks=(*others, new),
        paused_by_fault=now.paused_by_fault or pauses,
    )


def unblock(now: Availability, fault_id: str) -> Availability:
    """Return what is out of use once a fault is over: what no other fault blocks comes back."""
    left = tuple(one for one in now.blocks if one.fault_id != fault_id)
    if not now.paused_by_fault or any(one.evse_id is None for one in left):
        return replace(now, blocks=left)
    return Availability(StationState.OPEN, left, paused_by_fault=False)
