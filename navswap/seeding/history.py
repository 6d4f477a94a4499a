"""Loads an archive into the database, so that an installation has a past: statistics, forecasts and lists that look back.

Loaded are holds that have ended, swaps, and what slices count of them. Stock, custody, credits, faults and jobs are not: the past moves
nothing here. What is there already stays as it is, so that loading again, or beside live operation, changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from navswap.events.archive.records import recorded_milliseconds
from navswap.events.archive.stores import open_store
from navswap.events.payloads import read_fact
from navswap.features.energy.service import EnergyServices
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.service import PacksServices
from navswap.features.staffing.service import Skill, StaffingServices
from navswap.features.stations.service import StationsServices
from navswap.features.swapping.events import (
    EntryCancelled,
    EntryChanged,
    EntryCompensated,
    EntryExpired,
    EntryFulfilled,
    EntryNoShow,
    SwapCompleted,
)
from navswap.features.swapping.service import EntryState, QueueEntry, Swap, SwappingServices
from navswap.kit.clock import epoch_milliseconds
from navswap.runtime import Runtime

TOPIC: Final = "swapping"
ENDS: Final[dict[str, type[EntryChanged]]] = {
    kind.type: kind for kind in (EntryFulfilled, EntryCancelled, EntryExpired, EntryNoShow, EntryCompensated)
}
BATCH: Final = 2_000
"""Documents of one command."""

LoadProgress = Callable[[int, int], None]
"""Is handed how many days are done, and of how many."""


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What loading did; counts of what was new, and of what was left out."""

    days: int = 0
    swaps: int = 0
    entries: int = 0
    hours: int = 0
    """Station hours whose swaps were counted, for energy."""
    spans: int = 0
    """Spans of demand of a station and model, for logistics."""
    work: int = 0
    """Services that swaps asked of staff."""
    left_out: int = 0
    """Swaps and holds of stations or pack models that this network does not have, and swaps whose hold the archive lacks."""

    def __add__(self, other: "HistoryReport") -> "HistoryReport":
        return HistoryReport(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(HistoryReport))
        )


@dataclass(slots=True)
class _Day:
    """What the archive holds of a day."""

    swaps: list[Swap] = field(default_factory=list)
    entries: list[QueueEntry] = field(default_factory=list)


def _no_progress(_done: int, _days: int) -> None:
    return


async def load_history(
    runtime: Runtime,
    root: str,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: LoadProgress = _no_progress,
) -> HistoryReport:
    """Load what happened from `since` on and before `until`, the oldest day first; days are UTC.

    Raises ArchiveError where the archive cannot be read.
    """
    days = await asyncio.to_thread(_list_days, root, since, until)
    report = HistoryReport()
    for number, day in enumerate(days):
        progress(number, len(days))
        report += await _load_day(runtime, await asyncio.to_thread(_read, day))
    progress(len(days), len(days))
    return report


def _list_days(root: str, since: datetime | None, until: datetime | None) -> list[Any]:
    from navswap.events.archive.reader import read_days  # noqa: PLC0415 - loads Polars

    return read_days(open_store(root), TOPIC, since, until, types=[SwapCompleted.type, *ENDS])


def _read(day: Any) -> _Day:
    """Read the rows of a lazy frame; ids become those of this network's kind."""
    read = _Day()
    for kind, payload in day.select("type", "payload").collect().iter_rows():
        fields_of = orjson.loads(payload)
        if kind == SwapCompleted.type:
            read.swaps.append(_adopted_swap(read_fact(SwapCompleted, fields_of).swap))
        else:
            read.entries.append(_adopted_entry(read_fact(ENDS[kind], fields_of).entry))
    return read


async def _load_day(runtime: Runtime, day: _Day) -> HistoryReport:
    known = await _known(runtime, day)
    swaps = [swap for swap in day.swaps if (swap.station_id, swap.pack_model_id) in known]
    entries = [entry for entry in day.entries if (entry.station_id, entry.pack_model_id) in known]
    fulfilled = {entry.id for entry in entries if entry.state is EntryState.FULFILLED}
    swapped = {swap.entry_id for swap in swaps}
    whole = [swap for swap in swaps if swap.entry_id in fulfilled]
    ended = [entry for entry in entries if entry.state is not EntryState.FULFILLED or entry.id in swapped]
    report = HistoryReport(days=1, left_out=len(day.swaps) - len(whole) + len(day.entries) - len(ended))
    report += await _load_records(runtime, ended, whole)
    hours = await EnergyServices.of(runtime).charging.load_history(
        (swap.station_id, swap.completed_at) for swap in swaps
    )
    spans = await LogisticsServices.of(runtime).demand.load_history(
        ((swap.station_id, swap.pack_model_id), swap.completed_at, len(swap.packs_out)) for swap in swaps
    )
    return report + HistoryReport(hours=hours, spans=spans)


async def _load_records(runtime: Runtime, entries: list[QueueEntry], swaps: list[Swap]) -> HistoryReport:
    history, staff = SwappingServices.of(runtime).history, StaffingServices.of(runtime).staff
    report = HistoryReport()
    for some in _batches(entries):
        report += HistoryReport(entries=(await history.load(some, [])).entries)
    for done in _batches(swaps):
        loaded = await history.load([], done)
        work = [(swap.id, swap.station_id, Skill.SERVICE, swap.completed_at) for swap in done]
        report += HistoryReport(swaps=loaded.swaps, work=await staff.load_history(work))
    return report


async def _known(runtime: Runtime, day: _Day) -> set[tuple[str, str]]:
    """Return the pairs of station and pack model of a day that this network has."""
    named = {(swap.station_id, swap.pack_model_id) for swap in day.swaps}
    named |= {(entry.station_id, entry.pack_model_id) for entry in day.entries}
    stations = await StationsServices.of(runtime).reader.list_by_ids([station for station, _ in named])
    models = {model.id for model in await PacksServices.of(runtime).models.list_all()}
    return {(station, model) for station, model in named if station in stations and model in models}


def _batches(values: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _adopted_swap(swap: Swap) -> Swap:
    return replace(
        swap,
        id=time_ordered(swap.id, swap.completed_at),
        entry_id=time_ordered(swap.entry_id, swap.confirmed_at),
    )


def _adopted_entry(entry: QueueEntry) -> QueueEntry:
    return replace(entry, id=time_ordered(entry.id, entry.confirmed_at))


def time_ordered(identifier: str, moment: datetime) -> str:
    """Return a UUIDv7 as it is; for another id one of a moment, the same for the same id, so that lists stay in order of time."""
    if recorded_milliseconds(identifier) is not None:
        return identifier
    random = int.from_bytes(hashlib.blake2b(identifier.encode(), digest_size=16).digest(), "big")
    value = epoch_milliseconds(moment) << 80 | 7 << 76 | (random >> 64 & 0xFFF) << 64
    return str(UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1))
