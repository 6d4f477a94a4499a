"""Holds: each ends once, and a pack is promised to the rider who waits for it and to no other."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from navswap.consistency.invariant import DocumentsObey, Finding, Invariant, Row, View
from navswap.features.energy.storage import EnergyStationDocument
from navswap.features.geofences.events import watch_name
from navswap.features.geofences.storage import FenceWatchDocument
from navswap.features.packs.service import Condition, PlaceKind
from navswap.features.packs.storage import PackDocument, PackModelDocument
from navswap.features.stations.service import Station, StationState, closes_at
from navswap.features.stations.storage import StationDocument, Stations
from navswap.features.swapping.domain.values import ACTIVE, EntryState
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.users.storage import UserDocument
from navswap.kit.charging import STANDARD_PACK, PackModel

OVERDUE = timedelta(minutes=5)
"""How long after its time a hold may still be active: the worker ends it within a second or two."""


class EntriesAreActiveOrEnded(DocumentsObey):
    """No entry is both, none is neither, and none is forgotten."""

    statement = "Every queue entry is active within its time, or has ended once."
    kind = QueueEntryDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return the ways in which an entry can be in between."""
        states = sorted(ACTIVE)
        scanned = [EntryState.VERIFIED, EntryState.FULFILLED]
        return {
            "counts as active in a state that is an end": {"active": True, "state": {"$nin": states}},
            "counts as ended in a state that is none": {"active": {"$ne": True}, "state": {"$in": states}},
            "is active past its time, and was not ended": {
                "active": True,
                "hold_until": {"$lte": view.now - OVERDUE},
            },
            "is active without a time to end": {"active": True, "hold_until": None},
            "is active and has a moment at which it ended": {"active": True, "ended_at": {"$ne": None}},
            "has ended at no moment": {"active": {"$ne": True}, "ended_at": None},
            "went on without a scan": {"state": {"$in": scanned}, "verified_at": None},
        }


class HoldsHaveTheirPack(Invariant):
    """A rider on the way finds a pack."""

    statement = "For each active entry those packs are held that it names, in the slots that it names."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for the pack of each active entry."""
        held: dict[str, list[Row]] = {}
        async for pack in view.read(PackDocument, {"held_by": {"$type": "string"}}, ["held_by", "place"]):
            held.setdefault(pack["held_by"], []).append(pack)
        async for entry in view.read(QueueEntryDocument, {"active": True}):
            finding.examined += 1
            problem = _unheld(entry, held.get(entry["_id"], []))
            if problem is not None:
                finding.offend(f"entry {entry['_id']}", problem)


class HeldPacksAreAsPromised(Invariant):
    """A hold is only as good as its pack."""

    statement = "Each pack that is held for an active entry is fit, in a slot that opens, and charged as promised, or in time to be."

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare each held pack with the promise of its entry."""
        fields = ["promised_soc_percent", "hold_until"]
        entries = {
            entry["_id"]: entry async for entry in view.read(QueueEntryDocument, {"active": True}, fields)
        }
        models = {STANDARD_PACK.id: STANDARD_PACK}
        async for registered in view.read(PackModelDocument):
            models[registered["_id"]] = PackModel(**registered["model"])
        promised = {"ready_times.is_promised": True}
        plans = {
            (station["_id"], ready["serial_number"]): ready
            async for station in view.read(EnergyStationDocument, promised, ["ready_times"])
            for ready in station["ready_times"]
            if ready["is_promised"]
        }
        async for pack in view.read(PackDocument, {"held_by": {"$in": sorted(entries)}}):
            finding.examined += 1
            entry = entries[pack["held_by"]]
            planned = plans.get((pack["place"]["holder_id"], pack["_id"]))
            problem = _spoiled(pack, entry, models) or _late_by_plan(pack, entry, planned)
            if problem is not None:
                finding.offend(f"pack {pack['_id']}", f"is held for entry {pack['held_by']}, but {problem}")


class HeldPacksBelongToActiveEntries(Invariant):
    """No pack is kept back without an entry."""

    statement = "Each held pack is held for an entry that is active."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for the entry of each held pack."""
        active = await view.ids(QueueEntryDocument, {"active": True})
        async for pack in view.read(PackDocument, {"held_by": {"$type": "string"}}, ["held_by"]):
            finding.examined += 1
            if pack["held_by"] not in active:
                finding.offend(
                    f"pack {pack['_id']}", f"is held for entry {pack['held_by']}, which is not active"
                )


class HoldsAreOfRiders(Invariant):
    """A pack is kept for a person who can come for it."""

    statement = "The rider of each active entry exists."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for the rider of each active entry."""
        # Of any role: a hold of who is given another one ends as all do.
        riders = await view.ids(UserDocument)
        async for entry in view.read(QueueEntryDocument, {"active": True}, ["rider_id"]):
            finding.examined += 1
            if entry["rider_id"] not in riders:
                finding.offend(f"entry {entry['_id']}", f"is of no rider: {entry['rider_id']}")


class HoldsAreServed(Invariant):
    """A rider who comes in time finds the door open."""

    statement = "The station of each active entry is open until the hold ends, or finishes the swap of a scanned code."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look at the state and the hours of the station of each active entry."""
        entries = [
            row
            async for row in view.read(
                QueueEntryDocument, {"active": True}, ["station_id", "state", "hold_until"]
            )
        ]
        found = {"_id": {"$in": sorted({entry["station_id"] for entry in entries})}}
        stations = {row["_id"]: Stations.from_stored(row) async for row in view.read(StationDocument, found)}
        for entry in entries:
            finding.examined += 1
            station = stations.get(entry["station_id"])
            if station is not None and (problem := _unserved(entry, station, view.now)) is not None:
                finding.offend(f"entry {entry['_id']}", f"is at station {station.id}, which {problem}")


class FencesFollowHolds(Invariant):
    """A rider who comes is noticed."""

    statement = "For each rider on the way the fence of the entry's station is watched."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for the watch of each confirmed entry."""
        watches = {
            watch["_id"]: (watch["subject_id"], watch["place_id"])
            async for watch in view.read(FenceWatchDocument, fields=["subject_id", "place_id"])
        }
        async for entry in view.read(QueueEntryDocument, {"active": True, "state": EntryState.CONFIRMED}):
            finding.examined += 1
            watch = watches.get(watch_name(HOLD_WATCH, entry["_id"]))
            if watch != (entry["rider_id"], entry["station_id"]):
                finding.offend(f"entry {entry['_id']}", "has no fence that would see the rider's arrival")


class SwapsFulfilTheirEntries(Invariant):
    """What was handed out was promised, and what was promised was handed out once."""

    statement = "Each fulfilled entry has one swap, of the packs that it held, none of which came in, and each swap one fulfilled entry of its rider and station."

    async def examine(self, view: View, finding: Finding) -> None:
        """Let the database join both ways."""
        fulfilled = {"state": EntryState.FULFILLED}
        finding.examined = await view.count(QueueEntryDocument, fulfilled) + await view.count(SwapDocument)
        swaps = _joined(SwapDocument, "_id", "entry_id")
        async for entry in view.group(
            QueueEntryDocument, {"$match": fulfilled}, swaps, {"$match": {"joined.1": {"$exists": True}}}
        ):
            finding.offend(f"entry {entry['_id']}", f"was swapped {len(entry['joined'])} times")
        async for entry in view.group(
            QueueEntryDocument, {"$match": fulfilled}, swaps, {"$match": {"joined": []}}
        ):
            finding.offend(f"entry {entry['_id']}", "is fulfilled without a swap")
        async for swap in view.group(
            SwapDocument, _joined(QueueEntryDocument, "entry_id", "_id"), {"$match": _STRAY}
        ):
            finding.offend(f"swap {swap['_id']}", f"does not fit entry {swap['entry_id']}")
        async for swap in view.group(SwapDocument, {"$match": _SAME_PACK}):
            finding.offend(f"swap {swap['_id']}", "gave a pack that it took")
        async for swap in view.group(
            SwapDocument, _joined(QueueEntryDocument, "entry_id", "_id"), {"$match": _OTHER_PACK}
        ):
            finding.offend(f"swap {swap['_id']}", f"gave other packs than entry {swap['entry_id']} held")


_STRAY = {
    "$expr": {
        "$ne": [
            {"$map": {"input": "$joined", "in": ["$$this.state", "$$this.rider_id", "$$this.station_id"]}},
            [[EntryState.FULFILLED, "$rider_id", "$station_id"]],
        ]
    }
}
"""A swap whose entry is missing, not fulfilled, of another rider, or at another station."""
_OTHER_PACK = {
    "$expr": {
        "$not": {
            "$setEquals": [
                "$packs_out.serial_number",
                {"$ifNull": [{"$first": "$joined.packs.serial_number"}, "$packs_out.serial_number"]},
            ]
        }
    }
}
"""A swap that gave what its entry did not hold; a missing entry is another problem."""
_SAME_PACK = {
    "$expr": {"$ne": [{"$setIntersection": ["$packs_in.serial_number", "$packs_out.serial_number"]}, []]}
}


def _joined(kind: type[QueueEntryDocument | SwapDocument], local: str, foreign: str) -> Row:
    return {
        "$lookup": {
            "from": kind.get_collection_name(),
            "localField": local,
            "foreignField": foreign,
            "as": "joined",
        }
    }


def _spoiled(pack: Row, entry: Row, models: Mapping[str, PackModel]) -> str | None:
    """Return in what a held pack is not as promised."""
    if pack["condition"] != Condition.FIT:
        return f"is {pack['condition']}"
    if pack["shut_in"]:
        return "its slot does not open"
    missing = entry["promised_soc_percent"] - pack["soc_percent"]
    minutes = models[pack["model_id"]].minutes_to_gain(missing)
    if minutes > 0 and pack["reported_at"] + timedelta(minutes=minutes) > entry["hold_until"]:
        return (
            f"is charged to {pack['soc_percent']:g} %, and not in time to {entry['promised_soc_percent']:g} %"
        )
    return None


def _late_by_plan(pack: Row, entry: Row, planned: Row | None) -> str | None:
    """Return whether the plan of its station, made for the held pack as it is, charges it too late."""
    if planned is None or pack["soc_percent"] >= entry["promised_soc_percent"]:
        return None
    if pack["soc_percent"] < planned["soc_percent"]:
        return None  # it lost charge since, and the plan is due again
    if planned["ready_at"] is None:
        return "the plan of its station does not charge it"
    if planned["ready_at"] > entry["hold_until"]:
        return f"is charged at {planned['ready_at']:%H:%M} (UTC) by the plan of its station, and not in time"
    return None


def _unserved(entry: Row, station: Station, now: datetime) -> str | None:
    """Return why a station will not serve an entry. One past its time is another problem."""
    state = station.status.state
    if state is StationState.OUT_OF_SERVICE:
        return f"is {state}"
    if entry["state"] == EntryState.VERIFIED or entry["hold_until"] <= now:
        return None
    if state is not StationState.OPEN:
        return f"is {state}"
    closing = closes_at(station, now)
    if closing is not None and closing < entry["hold_until"]:
        return f"closes at {closing:%H:%M} ({station.information.time_zone}), before the hold ends"
    return None


def _unheld(entry: Row, packs: list[Row]) -> str | None:
    """Return what is wrong with the packs that are held for an entry."""
    held = {pack["_id"]: pack["place"] for pack in packs}
    named = {
        pack["serial_number"]: {
            "kind": PlaceKind.SLOT,
            "holder_id": entry["station_id"],
            "evse_id": pack["evse_id"],
        }
        for pack in entry["packs"]
    }
    if held.keys() != named.keys():
        return f"names packs {_list(named)}, but packs {_list(held)} are held for it"
    for serial_number, place in named.items():
        if held[serial_number] != place:
            return (
                f"names slot {place['evse_id']} of station {entry['station_id']}, "
                f"but pack {serial_number} is elsewhere"
            )
    return None


def _list(serial_numbers: Iterable[str]) -> str:
    return ", ".join(sorted(serial_numbers)) or "(none)"
