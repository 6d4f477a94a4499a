"""Imports a station network from a file, and stocks it with invented packs where that is asked for."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from navswap.features.packs.service import Pack, Place, PlaceKind
from navswap.runtime import Runtime
from navswap.seeding.file_report import FileReport
from navswap.seeding.formats import ParsedNetwork, StationRow, read_network
from navswap.seeding.loading import Loading, NetworkPlan, StationPlan
from navswap.seeding.reimport import InFile, Reimport
from navswap.seeding.report import DEFAULT_SLOTS, SeedProgress, SeedReport, silent

KEPT_EMPTY = 0.15
"""Least share of a station's slots that stocking leaves empty, so that a rider's pack can come in."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a network is loaded.

    `packs_per_station` invented packs go to each station, `default_capacity` slots to a new one whose file does not say.
    `source` names the network, and begins the ids of its stations. Stations that move by more than 500 m are left as they
    are unless `accept_moves`; those that are gone from the file are closed with `close_missing`.
    """

    packs_per_station: int = 0
    default_capacity: int = DEFAULT_SLOTS
    dry_run: bool = False
    source: str | None = None
    accept_moves: bool = False
    close_missing: bool = False

    def id_of(self, external_id: str) -> str:
        """Return the id of a station here: that of the file, after the name of the source."""
        return external_id if self.source is None else f"{self.source}:{external_id}"


async def import_network(
    runtime: Runtime,
    path: Path,
    options: ImportOptions = ImportOptions(),
    progress: SeedProgress = silent,
) -> SeedReport:
    """Load the stations of a file; raises UnreadableNetworkError before anything is written, SeedConflictError."""
    return await load_network(runtime, read_network(path), str(path), options, progress)


async def load_network(
    runtime: Runtime,
    network: ParsedNetwork,
    source: str,
    options: ImportOptions,
    progress: SeedProgress = silent,
) -> SeedReport:
    """Load the stations of a network that was read; loading the same again changes nothing.

    A station keeps the id that it has in the file. With `packs_per_station` each one gets up to so many packs with
    serial numbers made from its id. Raises OtherNetworkError before anything is written, SeedConflictError.
    """
    now = runtime.clock.now()
    reimport = Reimport(runtime, accept_moves=options.accept_moves, close_missing=options.close_missing)
    stations, differences = await reimport.compare(_in_file(network, options))
    loaded = {station.id for station in stations}
    rows = [row for row in network.rows if options.id_of(row.external_id) in loaded]
    plan = NetworkPlan(
        stations=stations, packs=[pack for row in rows for pack in invented_packs(row, options, now)]
    )
    report = report_of(network, source, options)
    report.differences = differences
    await Loading(runtime, report, progress).run(plan)
    if not options.dry_run:
        await reimport.finish(differences)
    return report


def _in_file(network: ParsedNetwork, options: ImportOptions) -> InFile:
    return InFile(
        source=options.source,
        stations=[StationPlan(options.id_of(row.external_id), _known(row, options)) for row in network.rows],
        out_of_service=frozenset(options.id_of(each) for each in network.skipped_ids if each is not None),
        unread=frozenset(options.id_of(row.id) for row in network.rejected if row.id is not None),
        has_guessed_ids=network.has_guessed_ids,
    )


def report_of(network: ParsedNetwork, source: str, options: ImportOptions) -> SeedReport:
    """Return what was read of a network, before anything is loaded."""
    return SeedReport(
        source=source,
        dry_run=options.dry_run,
        skipped=network.skipped,
        rejected=list(network.rejected),
        file=FileReport.of(network),
        default_capacity=options.default_capacity,
    )


def report_without_database(network: ParsedNetwork, source: str, options: ImportOptions) -> SeedReport:
    """Return what a dry run says where no database answers: all that would be loaded counts as new."""
    report = report_of(network, source, options)
    report.compared = False
    report.stations.created = len(network.rows)
    report.packs.created = sum(packs_wanted(row, options) for row in network.rows)
    return report


def _known(row: StationRow, options: ImportOptions) -> dict[str, Any]:
    """Return the fields of a station's information that the file gives."""
    given = {
        "name": row.name,
        "names": dict(row.names),
        "address": row.address,
        "district": row.district,
        "city": row.city,
        "point": row.point,
        "slot_count": row.capacity,
        "opening_hours": row.opening_hours,
        "time_zone": row.time_zone,
        "country": row.country,
        "external_id": options.id_of(row.external_id),
        "source": options.source,
    }
    return {name: value for name, value in given.items() if value is not None}


def packs_wanted(row: StationRow, options: ImportOptions) -> int:
    """Return how many packs are invented for a station: as many as asked for, but some slots stay empty."""
    slots = row.capacity or options.default_capacity
    return max(0, min(options.packs_per_station, slots - math.ceil(KEPT_EMPTY * slots)))


def invented_packs(row: StationRow, options: ImportOptions, now: datetime) -> Iterator[Pack]:
    """Yield the packs that are invented for a station's first slots, three in four of them charged.

    They follow from the station's id alone, so that the next import knows them again.
    """
    station_id = options.id_of(row.external_id)
    for slot in range(1, packs_wanted(row, options) + 1):
        digest = hashlib.blake2b(f"{station_id}#{slot}".encode(), digest_size=8).digest()
        yield Pack(
            id=f"NVX-{digest.hex().upper()}",
            soc_percent=95 + digest[0] % 6 if slot % 4 else 30 + digest[0] % 45,
            soh_percent=85 + digest[1] % 16,
            cycles=20 + 2 * digest[2],
            place=Place(kind=PlaceKind.SLOT, holder_id=station_id, evse_id=slot),
            reported_at=now,
        )
