"""What the stores hold after a seeding."""

from typing import Any

from navswap.features.energy.storage import TariffDocument
from navswap.features.packs.service import Pack
from navswap.features.packs.storage import PackDocument, PackModelDocument, Packs
from navswap.features.partners.storage import ShopDocument
from navswap.features.procurement.storage import DepotDocument as Depot
from navswap.features.staffing.storage import StaffMemberDocument
from navswap.features.stations.storage import StationDocument, Stations
from navswap.features.users.storage import UserDocument, VehicleDocument


async def everything_stored() -> dict[str, list[dict[str, Any]]]:
    """Return all that a seeding may write, by collection, in a fixed order."""
    return {
        kind.get_collection_name(): await kind.collection().find().sort("_id").to_list()
        for kind in (
            StationDocument,
            PackDocument,
            PackModelDocument,
            UserDocument,
            VehicleDocument,
            TariffDocument,
            ShopDocument,
            Depot,
            StaffMemberDocument,
        )
    }


async def stock_is_what_the_slots_hold() -> None:
    """Assert that the counters of every station tell the packs in its slots, each in a slot of its own."""
    packs: dict[str, list[Pack]] = {}
    for pack in await Packs.list_where({"place.kind": "SLOT"}):
        packs.setdefault(pack.place.holder_id, []).append(pack)
    for station in await Stations.list_where({}):
        here, stock = packs.pop(station.id, []), station.status.stock
        slots = [pack.place.evse_id for pack in here]
        assert len(set(slots)) == len(slots)
        assert set(slots) <= set(range(1, station.information.slot_count + 1))
        assert stock.charged_packs == sum(p.condition == "FIT" and p.soc_percent >= 80 for p in here)
        assert stock.charging_packs == sum(p.condition == "FIT" and p.soc_percent < 80 for p in here)
        assert stock.faulty_packs == sum(p.condition != "FIT" for p in here)
        assert stock.empty_slots == station.information.slot_count - len(here)
    assert packs == {}
