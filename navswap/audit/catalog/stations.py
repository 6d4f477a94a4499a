"""Stations: what their status says is what is there."""

from collections import Counter, defaultdict

from navswap.audit.invariant import Finding, Invariant, View
from navswap.features.packs.documents import Pack, PlaceKind
from navswap.features.packs.service import count_packs
from navswap.features.stations.documents import Station
from navswap.features.stations.service import stock_of
from navswap.features.swapping.documents import QueueEntry


class StockIsCounted(Invariant):
    """A rider is promised what the status says."""

    statement = "The stock of each station is what its slots hold."

    async def examine(self, view: View, finding: Finding) -> None:
        """Count the packs of every station anew."""
        packs: dict[str, list[Pack]] = defaultdict(list)
        async for row in view.read(Pack, {"place.kind": PlaceKind.SLOT}):
            pack = Pack.model_validate(row)
            packs[pack.place.holder_id].append(pack)
        async for row in view.read(Station):
            finding.examined += 1
            station = Station.model_validate(row)
            stored = station.status.stock.model_dump()
            counted = stock_of(
                station, count_packs(packs[station.id], view.promised_soc_percent)
            ).model_dump()
            wrong = [
                f"{name} {stored[name]}, counted {counted[name]}"
                for name in counted
                if stored[name] != counted[name]
            ]
            if wrong:
                finding.offend(f"station {station.id}", f"has a wrong stock: {'; '.join(wrong)}")


class QueueLengthsAreCounted(Invariant):
    """A queue is as long as the riders in it."""

    statement = "The queue length of each station is the number of its active entries."

    async def examine(self, view: View, finding: Finding) -> None:
        """Count the active entries of every station anew."""
        active = Counter(
            [row["station_id"] async for row in view.read(QueueEntry, {"active": True}, ["station_id"])]
        )
        async for row in view.read(Station, fields=["status.queue_length"]):
            finding.examined += 1
            stored, counted = row["status"]["queue_length"], active.pop(row["_id"], 0)
            if stored != counted:
                finding.offend(
                    f"station {row['_id']}", f"says {stored} in its queue, {counted} entries are active"
                )
        for station_id, entries in active.items():
            finding.offend(f"station {station_id}", f"does not exist, yet has {entries} active entries")
