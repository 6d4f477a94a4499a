"""Holds and swaps that contradict themselves."""

from datetime import timedelta

from navswap.features.geofences.events import watch_name
from navswap.features.geofences.storage import FenceWatchDocument
from navswap.features.packs.storage import PackDocument, Packs
from navswap.features.stations.storage import StationDocument
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.storage import QueueEntries, QueueEntryDocument, SwapDocument
from navswap.kit.ids import new_id
from tests.consistency.network import Network
from tests.consistency.planting import plant, write


@plant("entries-are-active-or-ended", "a state that is an end")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.fulfilled, active=True)


@plant("entries-are-active-or-ended", "a state that is none")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.waiting, active=False)


@plant("entries-are-active-or-ended", "was not ended")
async def _(network: Network) -> None:
    await write(
        QueueEntryDocument, network.waiting, hold_until=network.runtime.clock.now() - timedelta(minutes=6)
    )


@plant("documents-can-be-read", "cannot be read: hold_until")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.waiting, hold_until=None)


@plant("entries-are-active-or-ended", "moment at which it ended")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.waiting, ended_at=network.runtime.clock.now())


@plant("entries-are-active-or-ended", "has ended at no moment")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.fulfilled, ended_at=None)


@plant("entries-are-active-or-ended", "without a scan")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.fulfilled, verified_at=None)


@plant("holds-have-their-pack", "(none) are held for it")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"held_by": None}})


@plant("holds-have-their-pack", "are held for it")
async def _(network: Network) -> None:
    await write(
        QueueEntryDocument, network.waiting, packs=[{"serial_number": network.handed_out, "evse_id": 1}]
    )


@plant("holds-have-their-pack", "is elsewhere")
async def _(network: Network) -> None:
    entry = await QueueEntries.find(network.waiting)
    assert entry is not None
    [serial_number] = entry.serial_numbers
    await write(QueueEntryDocument, network.waiting, packs=[{"serial_number": serial_number, "evse_id": 12}])


@plant("held-packs-are-as-promised", "is FAULTY")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"condition": "FAULTY"}})


@plant("held-packs-are-as-promised", "does not open")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"shut_in": True}})


@plant("held-packs-are-as-promised", "not in time")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"soc_percent": 20.0}})


@plant("held-packs-belong-to-active-entries", "which is not active")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, held_by=network.fulfilled)


@plant("holds-are-served", "is CLOSED")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, status__state="CLOSED")


@plant("holds-are-served", "is OUT_OF_SERVICE")
async def _(network: Network) -> None:
    await write(StationDocument, network.station, status__state="OUT_OF_SERVICE")


@plant("holds-are-served", "before the hold ends")
async def _(network: Network) -> None:
    closes = network.now() + timedelta(minutes=1)
    await write(StationDocument, network.station, information__opening_hours=f"Mo-Su 00:00-{closes:%H:%M}")


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await FenceWatchDocument.collection().delete_one({"_id": watch_name(HOLD_WATCH, network.waiting)})


@plant("fences-follow-holds", "has no fence")
async def _(network: Network) -> None:
    await write(FenceWatchDocument, watch_name(HOLD_WATCH, network.waiting), place_id="elsewhere")


@plant("swaps-fulfil-their-entries", "without a swap")
async def _(network: Network) -> None:
    await SwapDocument.collection().delete_one({"_id": network.swap})


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(SwapDocument, network.swap, rider_id="another")


@plant("swaps-fulfil-their-entries", "does not fit entry")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.fulfilled, state=EntryState.CANCELLED)


@plant("swaps-fulfil-their-entries", "gave a pack that it took")
async def _(network: Network) -> None:
    swap = await SwapDocument.collection().find_one({"_id": network.swap})
    assert swap is not None
    await write(SwapDocument, network.swap, packs_in=swap["packs_out"])


@plant("swaps-fulfil-their-entries", "was swapped 2 times")
async def _(network: Network) -> None:
    await SwapDocument.collection().drop_index("one_swap_an_entry")
    swap = await SwapDocument.collection().find_one({"_id": network.swap})
    assert swap is not None
    await SwapDocument.collection().insert_one({**swap, "_id": new_id()})


@plant("holds-are-of-riders", "is of no rider")
async def _(network: Network) -> None:
    await write(QueueEntryDocument, network.waiting, rider_id="a-ghost")


@plant("swaps-fulfil-their-entries", "gave other packs than")
async def _(network: Network) -> None:
    del network
    await SwapDocument.collection().update_one({}, {"$set": {"packs_out.0.serial_number": "NV-OTHER"}})
