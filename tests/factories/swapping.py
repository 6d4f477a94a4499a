"""Swaps and queue entries as they are stored."""

from datetime import datetime, timedelta

from navswap.features.swapping.domain.values import (
    EntryState,
    HeldPack,
    QueueEntry,
    Swap,
    SwappedPack,
)
from navswap.features.swapping.storage import QueueEntries, Swaps
from navswap.kit.ids import new_id


def a_swap(
    station_id: str,
    completed_at: datetime,
    *,
    minutes: float = 0.0,
    walk_in: bool = False,
    packs_in: tuple[SwappedPack, ...] = (),
    packs_out: tuple[SwappedPack, ...] = (SwappedPack("out", 1, 90.0),),
) -> Swap:
    """Return a swap that was completed so many minutes after its hold was confirmed."""
    return Swap(
        id=new_id(),
        entry_id=new_id(),
        station_id=station_id,
        rider_id="rider",
        completed_by="staff",
        packs_in=packs_in,
        packs_out=packs_out,
        walk_in=walk_in,
        confirmed_at=completed_at - timedelta(minutes=minutes),
        completed_at=completed_at,
    )


async def store_swap(swap: Swap) -> Swap:
    await Swaps.insert_all([swap])
    return swap


async def store_hold(
    station_id: str, confirmed_at: datetime, state: EntryState, *, arrived_at: datetime | None = None
) -> QueueEntry:
    """Store a hold of a rider of its own that was confirmed at a time, and is in a state now."""
    entry = QueueEntry(
        id=new_id(),
        station_id=station_id,
        rider_id=new_id(),
        packs=(HeldPack("P", 1),),
        promised_soc_percent=80.0,
        state=state,
        walk_in=False,
        confirmed_at=confirmed_at,
        hold_until=confirmed_at + timedelta(minutes=20),
        code_expires_at=confirmed_at + timedelta(minutes=20),
        arrived_at=arrived_at,
        ended_at=confirmed_at,
    )
    await QueueEntries.insert_all([entry])
    return entry


async def entry_now(entry: QueueEntry) -> QueueEntry:
    """Return an entry as it is stored now."""
    return await QueueEntries.get(entry.id)
