"""Partner shops: their places are counted, and every night of a pack is paid to one shop."""

from collections import Counter, defaultdict

from navswap.consistency.invariant import Finding, Invariant, Row, View
from navswap.features.credits.domain.accounts import user_account
from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.packs.service import PlaceKind
from navswap.features.packs.storage import PackDocument
from navswap.features.partners.domain.values import OPEN, RequestState
from navswap.features.partners.storage import ShopDocument, StayDocument, StorageRequestDocument

STORAGE = "storage:"


class PlacesAreCounted(Invariant):
    """A shop is offered no more than it has places for."""

    statement = (
        "The stock, the reserved and the offered places of each partner shop are its packs and open requests."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Count the packs and the open requests of every shop again."""
        stock = Counter(
            [
                row["place"]["holder_id"]
                async for row in view.read(PackDocument, {"place.kind": PlaceKind.SHOP}, ["place.holder_id"])
            ]
        )
        offered, reserved = Counter[str](), Counter[str]()
        async for row in view.read(StorageRequestDocument, {"state": {"$in": list(OPEN)}}):
            if row["state"] == RequestState.REQUESTED:
                offered[row["shop_id"]] += row["packs"]
            else:
                reserved[row["shop_id"]] += row["packs"] - len(row["received"])
        async for shop in view.read(ShopDocument):
            finding.examined += 1
            for name, counts in (("stock", stock), ("reserved", reserved), ("offered", offered)):
                stored, counted = shop[f"{name}_packs"], counts.pop(shop["_id"], 0)
                if stored != counted:
                    finding.offend(
                        f"shop {shop['_id']}", f"says {stored} {name} packs, {counted} are counted"
                    )
        for shop_id in sorted({*stock, *reserved, *offered}):
            finding.offend(f"shop {shop_id}", "does not exist, yet has packs or requests")


class StaysFollowThePacks(Invariant):
    """What is paid for is there."""

    statement = "Each pack at a partner shop has one stay there that is not over, and no other pack has one."

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare the stays that are not over with the packs at shops."""
        there = {
            row["_id"]: row["place"]["holder_id"]
            async for row in view.read(PackDocument, {"place.kind": PlaceKind.SHOP}, ["place.holder_id"])
        }
        async for stay in view.read(StayDocument, {"present": True}, ["serial_number", "shop_id"]):
            finding.examined += 1
            pack, shop_id = stay["serial_number"], stay["shop_id"]
            if there.pop(pack, None) != shop_id:
                finding.offend(
                    f"pack {pack}", f"stays at shop {shop_id} and is not there, or stays there twice"
                )
        for pack, shop_id in there.items():
            finding.offend(f"pack {pack}", f"is at shop {shop_id} without a stay that would be paid")


class NightsArePaidToWhoStored(Invariant):
    """Storage is paid by the night: for packs that were there, to whose shop they were in."""

    statement = "Each night that was paid is one of a stay at a shop of who was paid, and the last of each stay was paid."

    async def examine(self, view: View, finding: Finding) -> None:
        """Match the stays and the entries of the ledger that name a pack and a night."""
        owners = {
            shop["_id"]: shop["owner_id"] async for shop in view.read(ShopDocument, fields=["owner_id"])
        }
        stays: dict[str, list[Row]] = defaultdict(list)
        unpaid: dict[str, str] = {}
        async for stay in view.read(StayDocument, {"paid_through": {"$ne": None}}):
            stays[stay["serial_number"]].append({**stay, "owner_id": owners.get(stay["shop_id"])})
            unpaid[f"{STORAGE}{stay['serial_number']}:{stay['paid_through']}"] = stay["_id"]
        async for entry in view.read(LedgerEntryDocument, {"reference": {"$regex": f"^{STORAGE}"}}):
            finding.examined += 1
            unpaid.pop(entry["reference"], None)
            pack, night = entry["reference"].removeprefix(STORAGE).rsplit(":", 1)
            payees = [
                user_account(stay["owner_id"]) for stay in stays[pack] if night <= str(stay["paid_through"])
            ]
            if entry["credit"]["account"] not in payees:
                finding.offend(
                    f"ledger {entry['reference']}", "pays for a night that the payee did not store"
                )
        for reference, stay_id in unpaid.items():
            finding.offend(f"stay {stay_id}", f"says that {reference} was paid; the ledger does not")
