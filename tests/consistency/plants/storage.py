"""Places, stays and nights of shops that do not fit each other."""

from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.packs.storage import PackDocument
from navswap.features.partners.storage import ShopDocument, StayDocument, StorageRequestDocument
from navswap.features.procurement.storage import StockOrderDocument as StockOrder
from tests.consistency.network import Network, a_storing_shop
from tests.consistency.planting import plant, write


@plant("places-are-counted", "says 2 stock packs, 1 are counted")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await ShopDocument.collection().update_one({"_id": shop}, {"$inc": {"stock_packs": 1}})


@plant("places-are-counted", "says 1 reserved packs, 0 are counted")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await StorageRequestDocument.collection().delete_many({"shop_id": shop})


@plant("places-are-counted", "does not exist")
async def _(network: Network) -> None:
    shop, _ = await a_storing_shop(network.runtime)
    await ShopDocument.collection().delete_one({"_id": shop})


@plant("stays-follow-the-packs", "without a stay")
async def _(network: Network) -> None:
    _, pack = await a_storing_shop(network.runtime)
    await StayDocument.collection().delete_one({"serial_number": pack})


@plant("stays-follow-the-packs", "is not there")
async def _(network: Network) -> None:
    _, pack = await a_storing_shop(network.runtime)
    await write(PackDocument, pack, place={"kind": "DEPOT", "holder_id": "depot", "evse_id": None})


@plant("nights-are-paid-to-who-stored", "the ledger does not")
async def _(network: Network) -> None:
    del network
    await LedgerEntryDocument.collection().delete_many({"reference": {"$regex": "^storage:"}})


@plant("nights-are-paid-to-who-stored", "the payee did not store")
async def _(network: Network) -> None:
    del network
    await StayDocument.collection().update_many({}, {"$set": {"paid_through": None}})


@plant("nights-are-paid-to-who-stored", "the payee did not store")
async def _(network: Network) -> None:
    del network
    await ShopDocument.collection().update_many({}, {"$set": {"owner_id": "another"}})


@plant("orders-receive-what-was-ordered", "more packs than were ordered")
async def _(network: Network) -> None:
    await write(StockOrder, network.order, packs=1)


@plant("orders-receive-what-was-ordered", "without all its packs")
async def _(network: Network) -> None:
    await write(StockOrder, network.order, state="RECEIVED")


@plant("orders-receive-what-was-ordered", "without an approval")
async def _(network: Network) -> None:
    await write(StockOrder, network.order, state="PROPOSED")


@plant("orders-receive-what-was-ordered", "decided at no moment")
async def _(network: Network) -> None:
    await write(StockOrder, network.order, decided_at=None)
