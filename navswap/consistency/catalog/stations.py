"""Stations: what their status says is what is there."""

from collections import Counter, defaultdict
from dataclasses import asdict

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.features.packs.service import Pack, PlaceKind, count_packs
from navswap.features.packs.storage import PackDocument, Packs
from navswap.features.stations.service import ModelStock, Station, stock_by_model, total
from navswap.features.stations.storage import StationDocument, Stations
from navswap.features.swapping.storage import QueueEntryDocument


class StockIsCounted(Invariant):
    """A rider is promised what the status says."""

    statement = "The stock of each station is what its slots hold."

    async def examine(self, view: View, finding: Finding) -> None:
        """Count the packs of every station again."""
        packs: dict[str, list[Pack]] = defaultdict(list)
        async for row in view.read(PackDocument, {"place.kind": PlaceKind.SLOT}):
            pack = Packs.from_stored(row)
            packs[pack.place.holder_id].append(pack)
        async for row in view.read(StationDocument):
            finding.examined += 1
            station = Stations.from_stored(row)
            counts = count_packs(packs[station.id], view.promised_soc_percent)
            wrong = _differences(station, stock_by_model(station, counts))
            if wrong:
                finding.offend(f"station {station.id}", f"has a wrong stock: {'; '.join(wrong)}")


class QueueLengthsAreCounted(Invariant):
    """A queue is as long as the riders in it."""

    statement = "The queue length of each station is the number of its active entries."

    async def examine(self, view: View, finding: Finding) -> None:
        """Count the active entries of every station again."""
        active = Counter(
            [
                row["station_id"]
                async for row in view.read(QueueEntryDocument, {"active": True}, ["station_id"])
            ]
        )
        async for row in view.read(StationDocument, fields=["status.queue_length"]):
            finding.examined += 1
            stored, counted = row["status"]["queue_length"], active.pop(row["_id"], 0)
            if stored != counted:
                finding.offend(
                    f"station {row['_id']}", f"says {stored} in its queue, {counted} entries are active"
                )
        for station_id, entries in active.items():
            finding.offend(f"station {station_id}", f"does not exist, yet has {entries} active entries")


def _differences(station: Station, counted: tuple[ModelStock, ...]) -> list[str]:
    """Return what the stored stock of a station says otherwise than its counted packs do, total and parts."""
    stored = {f" of {part.model_id}": asdict(part.stock) for part in station.status.stock_by_model}
    stored[""] = asdict(station.status.stock)
    found = {"": asdict(total(counted))} | {f" of {part.model_id}": asdict(part.stock) for part in counted}
    return [
        f"{name}{model} {stored.get(model, {}).get(name)}, counted {expected}"
        for model, fields in found.items()
        for name, expected in fields.items()
        if stored.get(model, {}).get(name) != expected
    ]
