"""What the stores hold after a seeding."""

from typing import Any

from navswap.features.energy.documents import Tariff
from navswap.features.packs.documents import Pack
from navswap.features.partners.documents import PartnerShop
from navswap.features.procurement.documents import Depot
from navswap.features.staffing.documents import StaffMember
from navswap.features.stations.documents import Station
from navswap.features.users.documents import User


async def everything_stored() -> dict[str, list[dict[str, Any]]]:
    """Return all that a seeding may write, by collection, in a fixed order."""
    return {
        kind.get_collection_name(): await kind.collection().find().sort("_id").to_list()
        for kind in (Station, Pack, User, Tariff, PartnerShop, Depot, StaffMember)
    }


async def stock_is_what_the_slots_hold() -> None:
    """Assert that the counters of every station tell the packs in its slots, each in a slot of its own."""
    packs: dict[str, list[Pack]] = {}
    async for pack in Pack.find({"place.kind": "SLOT"}):
        packs.setdefault(pack.place.holder_id, []).append(pack)
    async for station in Station.find():
        here, stock = packs.pop(station.id, []), station.status.stock
        slots = [pack.place.evse_id for pack in here]
        assert len(set(slots)) == len(slots)
        assert set(slots) <= set(range(1, station.information.slot_count + 1))
        assert stock.charged_packs == sum(p.condition == "FIT" and p.soc_percent >= 80 for p in here)
        assert stock.charging_packs == sum(p.condition == "FIT" and p.soc_percent < 80 for p in here)
        assert stock.faulty_packs == sum(p.condition != "FIT" for p in here)
        assert stock.empty_slots == station.information.slot_count - len(here)
    assert packs == {}
