"""Holds and swaps that contradict themselves."""

from datetime import timedelta

from navswap.features.geofences.events import watch_name
from navswap.features.geofences.storage import FenceWatchDocument
from navswap.features.packs.storage import PackDocument, Packs
from navswap.features.swapping.documents import EntryState, QueueEntry, Swap
from navswap.features.swapping.events import HOLD_WATCH
from navswap.kit.ids import new_id
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("entries-are-active-or-ended", "a state that is an end")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, active=True)


@plant("entries-are-active-or-ended", "a state that is none")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, active=False)


@plant("entries-are-active-or-ended", "nobody ended it")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, hold_until=network.runtime.clock.now() - timedelta(minutes=6))


@plant("entries-are-active-or-ended", "without a time to end")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, hold_until=None)


@plant("entries-are-active-or-ended", "moment at which it ended")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, ended_at=network.runtime.clock.now())


@plant("entries-are-active-or-ended", "has ended at no moment")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, ended_at=None)


@plant("entries-are-active-or-ended", "without a scan")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, verified_at=None)


@plant("holds-have-their-pack", "has 0 packs held")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"held_by": None}})


@plant("holds-have-their-pack", "is held for it")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, serial_number=network.handed_out)


@plant("holds-have-their-pack", "its pack is elsewhere")
async def _(network: Network) -> None:
    await write(QueueEntry, network.waiting, evse_id=12)


@plant("held-packs-belong-to-active-entries", "which is not active")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, held_by=network.fulfilled)


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await FenceWatchDocument.collection().delete_one({"_id": watch_name(HOLD_WATCH, network.waiting)})


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await write(FenceWatchDocument, watch_name(HOLD_WATCH, network.waiting), place_id="elsewhere")


@plant("swaps-fulfil-their-entries", "without a swap")
async def _(network: Network) -> None:
    await Swap.collection().delete_one({"_id": network.swap})


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(Swap, network.swap, rider_id="another")


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(QueueEntry, network.fulfilled, state=EntryState.CANCELLED)


@plant("swaps-fulfil-their-entries", "gave the pack that it took")
async def _(network: Network) -> None:
    swap = await Swap.collection().find_one({"_id": network.swap})
    assert swap is not None
    await write(Swap, network.swap, pack_in=swap["pack_out"])


@plant("swaps-fulfil-their-entries", "was swapped 2 times")
async def _(network: Network) -> None:
    await Swap.collection().drop_index("one_swap_an_entry")
    swap = await Swap.collection().find_one({"_id": network.swap})
    assert swap is not None
    await Swap.collection().insert_one({**swap, "_id": new_id()})
