"""The traffic of each zone, summed up from its cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from navswap.kit.geo import Point


@dataclass(frozen=True, slots=True)
class CellTraffic:
    """One cell of the map: speeds in km/h, congestion 0 to 1, how many times as long a way takes, and its probes."""

    cell: str
    centre: Point
    speed_kmh: float
    free_flow_kmh: float
    congestion: float
    eta_factor: float
    probes: int


@dataclass(frozen=True, slots=True)
class ZoneTraffic:
    """The traffic of several cells, each counted by its probes; speeds are None where no vehicle was seen.

    `eta_factor` is how many times as long their probes take as on free roads, 1 or more.
    """

    zone: str
    cells: int
    probes: int
    congestion: float
    speed_kmh: float | None
    free_flow_kmh: float | None
    eta_factor: float


def traffic_of(zone: str, cells: Sequence[CellTraffic]) -> ZoneTraffic:
    """Sum up the cells of a zone."""
    probes = sum(cell.probes for cell in cells)

    def mean(values: Iterable[float]) -> float | None:
        weighted = zip(values, cells, strict=True)
        return sum(value * cell.probes for value, cell in weighted) / probes if probes else None

    return ZoneTraffic(
        zone=zone,
        cells=len(cells),
        probes=probes,
        congestion=mean(cell.congestion for cell in cells) or 0.0,
        speed_kmh=mean(cell.speed_kmh for cell in cells),
        free_flow_kmh=mean(cell.free_flow_kmh for cell in cells),
        eta_factor=max(1.0, mean(cell.eta_factor for cell in cells) or 1.0),
    )


def by_zone(
    cells: Iterable[CellTraffic], zones: Mapping[str, str], names: Iterable[str]
) -> list[ZoneTraffic]:
    """Return the traffic of all zones named, the most congested first; cells in no zone are left out."""
    grouped: dict[str, list[CellTraffic]] = {name: [] for name in names}
    for cell in cells:
        if cell.cell in zones:
            grouped.setdefault(zones[cell.cell], []).append(cell)
    found = [traffic_of(zone, members) for zone, members in grouped.items()]
    return sorted(found, key=lambda traffic: (-traffic.congestion, traffic.zone))
