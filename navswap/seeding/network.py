"""Imports a station network from a file, and stocks it with invented packs where that is asked for."""

import hashlib
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from navswap.features.packs.service import Pack, Place, PlaceKind
from navswap.runtime import Runtime
from navswap.seeding.formats import NetworkFormat, StationRow, read_network
from navswap.seeding.loading import DEFAULT_SLOTS, Loading, NetworkPlan, StationPlan
from navswap.seeding.report import SeedProgress, SeedReport, silent

KEPT_EMPTY = 0.15
"""Least share of a station's slots that stocking leaves empty, so that a rider's pack can come in."""


async def import_network(
    runtime: Runtime,
    path: Path,
    format: NetworkFormat | None = None,  # noqa: A002 - the option's own name
    *,
    packs_per_station: int = 0,
    dry_run: bool = False,
    progress: SeedProgress = silent,
) -> SeedReport:
    """Load the stations of a file; a second import of the same file changes nothing.

    A station keeps the id that it has in the file. With `packs_per_station` each one gets up to so many packs with
    serial numbers made from its id. Raises UnreadableNetworkError before anything is written, SeedConflictError.
    """
    network = read_network(path, format)
    now = runtime.clock.now()
    plan = NetworkPlan(
        stations=[StationPlan(row.external_id, _known(row)) for row in network.rows],
        packs=[pack for row in network.rows for pack in invented_packs(row, packs_per_station, now)],
    )
    report = SeedReport(
        source=str(path), dry_run=dry_run, skipped=network.skipped, rejected=list(network.rejected)
    )
    await Loading(runtime, report, progress).run(plan)
    return report


def _known(row: StationRow) -> dict[str, Any]:
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
        "external_id": row.external_id,
    }
    return {name: value for name, value in given.items() if value is not None}


def invented_packs(row: StationRow, wanted: int, now: datetime) -> Iterator[Pack]:
    """Yield up to `wanted` packs for a station's first slots, three in four of them charged.

    They follow from the station's id alone, so that the next import knows them again.
    """
    slots = row.capacity or DEFAULT_SLOTS
    for slot in range(1, min(wanted, slots - math.ceil(KEPT_EMPTY * slots)) + 1):
        digest = hashlib.blake2b(f"{row.external_id}#{slot}".encode(), digest_size=8).digest()
        yield Pack(
            id=f"NVX-{digest.hex().upper()}",
            soc_percent=95 + digest[0] % 6 if slot % 4 else 30 + digest[0] % 45,
            soh_percent=85 + digest[1] % 16,
            cycles=20 + 2 * digest[2],
            place=Place(kind=PlaceKind.SLOT, holder_id=row.external_id, evse_id=slot),
            reported_at=now,
        )
