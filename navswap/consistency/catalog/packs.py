"""Packs: none is lost, doubled, or in a place that is not there."""

from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from navswap.consistency.invariant import Finding, Invariant, Row, View
from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.network.storage import FleetOrderDocument
from navswap.features.packs.domain.values import WITHDRAWN, Condition, PlaceKind
from navswap.features.packs.events import PackMoved
from navswap.features.packs.storage import PackDocument
from navswap.features.partners.storage import StayDocument
from navswap.features.procurement.storage import StockOrderDocument
from navswap.features.stations.storage import StationDocument, Stations
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.users.service import MOST_PACKS
from navswap.features.users.storage import UserDocument
from navswap.infra.repository import HISTORY

ROOM = {PlaceKind.SLOT: 1, PlaceKind.RIDER: MOST_PACKS}
"""Most packs in a place of a kind; shops and transporters have capacities of their own."""


class PacksStandInOnePlace(Invariant):
    """No pack in a slot, or with a person, that does not exist; no more packs than there is room for."""

    statement = "Each pack is in one place that exists: a slot has at most one pack, a rider at most four."

    async def examine(self, view: View, finding: Finding) -> None:
        """Read the places of all packs."""
        slots = {
            row["_id"]: row["information"]["slot_count"]
            async for row in view.read(StationDocument, fields=["information.slot_count"])
        }
        users = await view.ids(UserDocument)  # of any role: who is given another one has the packs still
        people = {PlaceKind.RIDER: users, PlaceKind.TRANSPORTER: users}
        there: dict[tuple[str, str, int | None], list[str]] = defaultdict(list)
        async for pack in view.read(PackDocument, fields=["place"]):
            finding.examined += 1
            place = pack["place"]
            problem = _impossible(place, slots, people)
            room = ROOM.get(PlaceKind(place["kind"]))
            if problem is None and room is not None:
                others = there[place["kind"], place["holder_id"], place["evse_id"]]
                if len(others) >= room:
                    problem = f"is in one place with {', '.join(others)}: {_name(place)}"
                others.append(pack["_id"])
            if problem is not None:
                finding.offend(f"pack {pack['_id']}", problem)


class PacksFitWhereTheyAre(Invariant):
    """A slot can charge the pack in it, and a rider's packs replace each other."""

    statement = (
        "Each pack in a slot is of the model that the slot takes; the packs of a rider are of one model."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare models with those of slots, and with those of a rider's other packs."""
        stations = {
            row["_id"]: Stations.from_stored(row).information async for row in view.read(StationDocument)
        }
        ridden: dict[str, str] = {}
        wanted = {"place.kind": {"$in": [PlaceKind.SLOT, PlaceKind.RIDER]}}
        async for pack in view.read(PackDocument, wanted, ["place", "model_id"]):
            finding.examined += 1
            holder, evse_id, model_id = pack["place"]["holder_id"], pack["place"]["evse_id"], pack["model_id"]
            if pack["place"]["kind"] == PlaceKind.RIDER:
                fitting = ridden.setdefault(holder, model_id)
            elif (station := stations.get(holder)) is not None and 1 <= evse_id <= station.slot_count:
                fitting = station.model_of_slot(evse_id)
            else:  # in no slot that exists, which is another invariant's matter
                continue
            if model_id != fitting:
                finding.offend(
                    f"pack {pack['_id']}", f"is a {model_id} where a {fitting} fits: {_name(pack['place'])}"
                )


class NoPackIsLost(Invariant):
    """Packs are retired, never deleted: whatever was named once is still there."""

    statement = "Every pack that a hold, a swap, a job, a stay, an order or a custody event names exists."

    async def examine(self, view: View, finding: Finding) -> None:
        """Collect the serial numbers that are named anywhere."""
        known = await view.ids(PackDocument)
        seen: set[str] = set()
        for kind, path, condition in (
            (QueueEntryDocument, "packs.serial_number", {HISTORY: {"$ne": True}}),
            (SwapDocument, "packs_in.serial_number", {HISTORY: {"$ne": True}}),
            (SwapDocument, "packs_out.serial_number", {HISTORY: {"$ne": True}}),
            (TransportJobDocument, "picked_up", {}),
            (StayDocument, "serial_number", {}),
            (StockOrderDocument, "received", {}),
            (OutboxEvent, "envelope.payload.serial_number", {"envelope.type": PackMoved.type}),
        ):
            stages: tuple[Row, ...] = (
                {"$match": condition},
                {"$project": {"named": f"${path}"}},
                {"$unwind": "$named"},
                {"$group": {"_id": "$named"}},
            )
            async for named in view.group(kind, *stages):
                if named["_id"] not in known and named["_id"] not in seen:
                    finding.offend(
                        f"pack {named['_id']}", f"is named in {kind.get_collection_name()} and is gone"
                    )
                seen.add(named["_id"])
        finding.examined = len(seen)


class CustodyIsUnbroken(Invariant):
    """Who gives a pack is who was given it before; the last who was given it has it."""

    statement = "The moves of a pack follow each other, and the last of them leads to where it is."

    async def examine(self, view: View, finding: Finding) -> None:
        """Follow the moves that the outbox still keeps, pack by pack."""
        places = {pack["_id"]: pack["place"] async for pack in view.read(PackDocument, fields=["place"])}
        async for pack in _moves(view):
            finding.examined += 1
            serial_number, moves = pack["_id"], sorted(pack["moves"], key=lambda move: move["revision"])
            for earlier, later in pairwise(moves):
                if later["origin"] != earlier["target"]:
                    finding.offend(
                        f"pack {serial_number}",
                        f"was brought to {_name(earlier['target'])} and then taken from {_name(later['origin'])}",
                    )
            if serial_number in places and moves[-1]["target"] != places[serial_number]:
                finding.offend(
                    f"pack {serial_number}",
                    f"was last moved to {_name(moves[-1]['target'])} and is at {_name(places[serial_number])}",
                )


class WithdrawnPacksAreNotHeld(Invariant):
    """A rider is not led to a pack that will not be handed out."""

    statement = "No retired or recalled pack is held for a rider."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look at the withdrawn packs."""
        fields = ["held_by", "condition"]
        async for pack in view.read(PackDocument, {"condition": {"$in": sorted(WITHDRAWN)}}, fields):
            finding.examined += 1
            if pack.get("held_by") is not None:
                finding.offend(
                    f"pack {pack['_id']}", f"is {pack['condition']}, yet held for {pack['held_by']}"
                )


class WithdrawalsAreWrittenDown(Invariant):
    """Who takes packs out of use answers for it."""

    statement = (
        "Each pack that an order changed has its entry in the audit log, and a recalled one its order."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare the orders with the log, and the recalled packs with the orders."""
        recorded = {
            (row["after"].get("order_id"), row["subject_id"])
            async for row in view.read(AuditLogEntry, {"subject_kind": "Pack"}, ["after", "subject_id"])
        }
        changed: set[tuple[str, str]] = set()
        async for order in view.read(FleetOrderDocument, fields=["changed"]):
            changed |= {(order["_id"], serial_number) for serial_number in order["changed"]}
        finding.examined = len(changed)
        for order_id, serial_number in sorted(changed - recorded):
            finding.offend(
                f"pack {serial_number}", f"was changed by order {order_id}, which was not recorded"
            )
        async for pack in view.read(PackDocument, {"condition": Condition.RECALLED}, ["withdrawal"]):
            finding.examined += 1
            if ((pack.get("withdrawal") or {}).get("order_id"), pack["_id"]) not in changed:
                finding.offend(f"pack {pack['_id']}", "is recalled without an order")


def _moves(view: View) -> AsyncIterator[Row]:
    move = {name: f"$envelope.payload.{name}" for name in ("revision", "origin", "target")}
    return view.group(
        OutboxEvent,
        {"$match": {"envelope.type": PackMoved.type}},
        {"$group": {"_id": "$envelope.payload.serial_number", "moves": {"$push": move}}},
    )


def _impossible(
    place: dict[str, Any], slots: dict[str, int], people: dict[PlaceKind, set[str]]
) -> str | None:
    """Return why a place cannot be; depots and shops keep no register that packs are held against."""
    kind, holder, evse_id = PlaceKind(place["kind"]), place["holder_id"], place["evse_id"]
    if kind is not PlaceKind.SLOT:
        if evse_id is not None:
            return f"is in a numbered slot, but not at a station: {_name(place)}"
        return None if holder in people.get(kind, {holder}) else f"is with no one known: {_name(place)}"
    if holder not in slots:
        return f"is at a station that does not exist: {_name(place)}"
    if evse_id is None or not 1 <= evse_id <= slots[holder]:
        return f"is in a slot that does not exist: {_name(place)}"
    return None


def _name(place: dict[str, Any]) -> str:
    slot = "" if place["evse_id"] is None else f" slot {place['evse_id']}"
    return f"{place['kind']} {place['holder_id']}{slot}"
