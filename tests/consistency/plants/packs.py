"""Packs that are lost, doubled, or where they cannot be."""

from dataclasses import asdict

from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.packs.events import PackMoved
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.packs.storage import PackDocument, Packs
from navswap.features.procurement.storage import StockOrders
from navswap.kit.ids import new_id
from tests.consistency.network import Network
from tests.consistency.planting import plant, write
from tests.factories.network import a_pack


@plant("packs-stand-in-one-place", "does not exist")
async def _(network: Network) -> None:
    await write(
        PackDocument,
        network.handed_out,
        place=asdict(Place(kind=PlaceKind.SLOT, holder_id="gone", evse_id=1)),
    )


@plant("packs-stand-in-one-place", "slot that does not exist")
async def _(network: Network) -> None:
    slot = Place(kind=PlaceKind.SLOT, holder_id=network.station, evse_id=13)
    await write(PackDocument, network.handed_out, place=asdict(slot))


@plant("packs-stand-in-one-place", "with no one known")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, place__holder_id="nobody")


@plant("packs-stand-in-one-place", "in one place with")
async def _(network: Network) -> None:
    for _ in range(4):
        await a_pack(Place(kind=PlaceKind.RIDER, holder_id=network.rider))


@plant("packs-fit-where-they-are", "is a NS-60 where a NS-48 fits: SLOT")
async def _(network: Network) -> None:
    there = {"place.holder_id": network.station}
    await Packs.collection().update_one(there, {"$set": {"model_id": "NS-60"}})


@plant("packs-fit-where-they-are", "fits: RIDER")
async def _(network: Network) -> None:
    other = await a_pack(Place(kind=PlaceKind.RIDER, holder_id=network.rider))
    await write(PackDocument, other.id, model_id="NS-60")


@plant("packs-stand-in-one-place", "numbered slot, but not at a station")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, place__evse_id=3)


@plant("no-pack-is-lost", "is gone")
async def _(network: Network) -> None:
    await Packs.collection().delete_one({"_id": network.handed_out})


@plant("custody-is-unbroken", "was last moved to")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, place__kind="DEPOT", place__holder_id="D")


@plant("custody-is-unbroken", "and then taken from")
async def _(network: Network) -> None:
    moved = await OutboxEvent.collection().find_one(
        {"envelope.type": PackMoved.type, "envelope.payload.serial_number": network.handed_out}
    )
    assert moved is not None
    moved["_id"] = new_id()
    moved["envelope"]["payload"]["revision"] -= 1
    moved["envelope"]["payload"]["target"] = {"kind": "DEPOT", "holder_id": "D", "evse_id": None}
    await OutboxEvent.collection().insert_one(moved)


@plant("no-pack-is-lost", "is named in stock_orders and is gone")
async def _(network: Network) -> None:
    await StockOrders.collection().update_one({"_id": network.order}, {"$push": {"received": "GHOST"}})


@plant("no-pack-is-lost", "is named in transport_jobs and is gone")
async def _(network: Network) -> None:
    await write(TransportJobDocument, network.moving_job, picked_up=["GHOST"])


@plant("no-pack-is-lost", "is named in storage_stays and is gone")
async def _(network: Network) -> None:
    del network
    await Packs.collection().delete_many({"place.kind": PlaceKind.SHOP})


@plant("withdrawn-packs-are-not-held", "is RETIRED, yet held for")
async def _(network: Network) -> None:
    await Packs.collection().update_one({"held_by": network.waiting}, {"$set": {"condition": "RETIRED"}})


@plant("withdrawals-are-written-down", "which was not recorded")
async def _(network: Network) -> None:
    await AuditLogEntry.collection().delete_one({"subject_id": network.recalled})


@plant("withdrawals-are-written-down", "without an order")
async def _(network: Network) -> None:
    await write(PackDocument, network.handed_out, condition="RECALLED")
