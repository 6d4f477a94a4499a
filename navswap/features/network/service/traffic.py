"""The traffic of the network now: zones, the worst cells, vehicles, and what comes in."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from navswap.auth.roles import Role
from navswap.features.network.domain.zones import CellTraffic, ZoneTraffic, by_zone, traffic_of
from navswap.features.stations.service import StationReader
from navswap.features.traffic.service import Activity, TrafficCell, TrafficService, slow_down, zones_of

WORST_CELLS = 20
VEHICLE_ROLES = (Role.CONSUMER, Role.STAFF, Role.TRANSPORTER)
NETWORK = ""
"""The name of no zone: all cells together."""


@dataclass(frozen=True, slots=True)
class VehiclesNow:
    """Who of one role reported in the last full minute: on the move, or standing for three minutes or longer."""

    role: Role
    moving: int
    parked: int


@dataclass(frozen=True, slots=True)
class TrafficOverview:
    """The traffic of the network; `worst` are the cells with the most congestion, with the zone of each."""

    as_of: datetime
    network: ZoneTraffic
    zones: list[ZoneTraffic]
    worst: list[tuple[TrafficCell, str | None]]
    vehicles: list[VehiclesNow]
    positions_per_minute: int
    probes_per_minute: int


class NetworkTraffic:
    """Shows the traffic of the whole network."""

    def __init__(self, stations: StationReader, traffic: TrafficService) -> None:
        self._stations = stations
        self._traffic = traffic

    async def read(self) -> TrafficOverview:
        """Return the traffic as it is now."""
        now, stations, (activity, probes) = await asyncio.gather(
            self._traffic.read(), self._stations.list_now(), self._traffic.last_minute()
        )
        zones = zones_of(
            {cell.id: cell.centre for cell in now.cells},
            ((station.point, station.district) for station in stations),
        )
        cells = [_cell(cell) for cell in now.cells]
        jammed = [cell for cell in now.cells if cell.published.congestion > 0]
        worst = sorted(jammed, key=lambda cell: (-cell.published.congestion, -cell.published.probes, cell.id))
        return TrafficOverview(
            as_of=now.as_of,
            network=traffic_of(NETWORK, cells),
            zones=by_zone(cells, zones, {station.district for station in stations}),
            worst=[(cell, zones.get(cell.id)) for cell in worst[:WORST_CELLS]],
            vehicles=_vehicles(activity),
            positions_per_minute=activity.points,
            probes_per_minute=probes,
        )


def _cell(cell: TrafficCell) -> CellTraffic:
    published = cell.published
    return CellTraffic(
        cell.id,
        cell.centre,
        published.speed_kmh,
        published.free_flow_kmh,
        published.congestion,
        slow_down([published.congestion]),
        published.probes,
    )


def _vehicles(activity: Activity) -> list[VehiclesNow]:
    return [
        VehiclesNow(role, activity.moving.get(role, 0), activity.stationary.get(role, 0))
        for role in VEHICLE_ROLES
    ]
