"""Makes a city of the demonstration's seed files, or of a network file, whose gaps are filled with what is usual."""

import dataclasses
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.geo import Point, distance_metres
from navswap.kit.opening_hours import Timetable
from navswap.seeding import records
from navswap.seeding.city import DemoCity, load_demo_city
from navswap.seeding.formats import StationRow, read_network
from navswap.seeding.formats.countries import time_zone_of
from navswap.simulation.world.city import City, settled
from navswap.simulation.world.places import (
    Carrier,
    District,
    Shop,
    Site,
    Tariff,
    VehicleKind,
    Worker,
    centre_of,
)

STREETS_FILE = "streets.geojson"
HIGHWAY_KMH = 60
"""A station on a main road that is so fast when it is empty is one at a highway."""
LONE_METRES = 3000.0
"""An imported station whose nearest neighbour is farther away lies at a highway."""
USUAL_SLOTS = 30
"""Of an imported station whose file does not say; the cabinets that the figures of demand are of."""
KW_A_SLOT = 0.8
"""Feeder power per slot where the file gives none: what the demonstration's stations have."""
USUAL_TARIFF = Tariff(
    "COM-TOD",
    weekday=(6.4,) * 6 + (8.6,) * 4 + (6.9,) * 7 + (9.8,) * 5 + (6.4,) * 2,
    weekend=(6.2,) * 7 + (6.9,) * 10 + (9.1,) * 5 + (6.2,) * 2,
    demand_charge_per_kw_month=210.0,
)
"""What an imported station pays, for no file says it: the tariff of most stations of the demonstration."""
STATIONS_A_TRANSPORTER, STATIONS_A_WORKER, STATIONS_A_SHOP = 5, 2.4, 3
"""How many people a network without any gets: as many per station as the demonstration has."""
_HIGHWAY_NAME = re.compile(r"highway|freeway|expressway|motorway|service area|rest area", re.IGNORECASE)
_SHIFTS = ("MORNING", "EVENING", "NIGHT")
_VEHICLES = (("CARGO_THREE_WHEELER", 12), ("VAN", 30), ("CARGO_BIKE", 4))


def city_of_seeds(folder: Path) -> City:
    """Return the demonstration city; raises SeedsUnreadableError."""
    demo = load_demo_city(folder)
    models = (STANDARD_PACK, *(_pack_model(model) for model in demo.pack_models))
    number = {model.id: index for index, model in enumerate(models)}
    districts = tuple(District(zone.id, str(zone.kind), zone.area) for zone in demo.zones)
    streets = folder / STREETS_FILE
    return City(
        name=demo.city.name,
        time_zone=demo.city.time_zone,
        country=demo.city.country,
        stations=settled([_seed_site(station, demo, number) for station in demo.stations]),
        pack_models=models,
        tariffs={tariff.id: _tariff(tariff) for tariff in demo.tariffs},
        vehicles=_vehicles(demo, number),
        transporters=tuple(
            Carrier(t.id, str(t.vehicle), t.capacity_packs, _middle(demo, t.home_zone))
            for t in demo.transporters
        ),
        staff=tuple(Worker(m.id, m.home_station, str(m.shift), m.technician) for m in demo.staff),
        shops=tuple(_shop(shop, demo.city) for shop in demo.partner_shops),
        depot=_middle(demo, next(zone.id for zone in reversed(demo.zones))),
        districts=districts,
        streets=streets if streets.exists() else None,
        source=f"the demonstration city in {folder}",
    )


def city_of_network(path: Path, time_zone: str, wanted: int | None, near: Point | None) -> City:
    """Return the city of a stations file, or of its stations nearest to a place; see `City.from_network`.

    Slots, power, people and a tariff by the hour are made up where the file has none; `warnings` of the city say what was.
    """
    known = [_in_zone(row, time_zone) for row in read_network(path).rows]
    rows, source = _nearest(known, wanted, near), f"the stations of {path}"
    lone = _lone(known)
    sites = settled([_network_site(row, is_lone=row.external_id in lone) for row in rows])
    centre = centre_of([site.point for site in sites])
    zones = Counter(row.time_zone or time_zone for row in rows)
    without_slots = sum(row.capacity is None for row in rows)
    return City(
        name=path.stem,
        time_zone=zones.most_common(1)[0][0],
        country=next((row.country for row in rows if row.country), None),
        stations=sites,
        pack_models=(STANDARD_PACK,),
        tariffs={USUAL_TARIFF.id: USUAL_TARIFF},
        vehicles=(VehicleKind(0, 1, 1.0),),
        transporters=_usual_transporters(sites),
        staff=_usual_staff(sites),
        shops=_usual_shops(sites),
        depot=centre,
        source=source if len(rows) == len(known) else f"{len(rows)} of {source}",
        warnings=(
            f"the file names no slots for {without_slots} of {len(rows)} stations, which get {USUAL_SLOTS}; --slots gives all another number",
            f"feeders of {KW_A_SLOT} kW per slot, a tariff by the hour, transporters, staff and shops are made up",
        ),
    )


def _in_zone(row: StationRow, time_zone: str) -> StationRow:
    """Return a row with the time zone that its file names, or its country has, or else the one that is given."""
    of_country = time_zone_of(row.country) if row.country else None
    return dataclasses.replace(row, time_zone=row.time_zone or of_country or time_zone)


def _nearest(rows: Sequence[StationRow], wanted: int | None, near: Point | None) -> Sequence[StationRow]:
    """Return so many of the rows, in their order: those nearest to a place, or to the centre of all."""
    if wanted is None or wanted >= len(rows):
        return rows
    place = near or centre_of([row.point for row in rows])
    ranked = sorted(range(len(rows)), key=lambda index: (distance_metres(place, rows[index].point), index))
    return [rows[index] for index in sorted(ranked[:wanted])]


def _seed_site(station: records.Station, demo: DemoCity, number: dict[str, int]) -> Site:
    kind = SiteKind.HIGHWAY if _fastest_road(station, demo) >= HIGHWAY_KMH else SiteKind.URBAN
    return Site(
        id=station.id,
        key=0,
        name=station.name,
        point=station.point,
        slot_models=tuple(number[station.model_of_slot(slot)] for slot in range(1, station.slots + 1)),
        kind=kind,
        feeder_limit_kw=station.feeder_limit_kw,
        tariff=station.tariff,
        timetable=Timetable(station.opening_hours, demo.city.time_zone, demo.city.country),
        zone=station.zone,
        swaps_a_day=PRIORS[kind].swaps_a_day(station.slots),
    )


def _fastest_road(station: records.Station, demo: DemoCity) -> int:
    """Return the free-flow speed (km/h) of the main road that a station's address is on, 0 where it names none."""
    return max((road.free_flow_kmh for road in demo.roads if road.name in station.address), default=0)


def _pack_model(model: records.PackModel) -> PackModel:
    return PackModel(
        model.designation, model.capacity_kwh, model.voltage_class, model.max_charge_kw, model.connector
    )


def _tariff(tariff: records.Tariff) -> Tariff:
    prices = {kind: [0.0] * 24 for kind in records.DayKind}
    for period in tariff.periods:
        for hour in range(period.start_hour, period.end_hour):
            prices[period.days][hour] = period.price_per_kwh
    weekday, weekend = (tuple(prices[kind]) for kind in (records.DayKind.WEEKDAY, records.DayKind.WEEKEND))
    return Tariff(tariff.id, weekday, weekend, tariff.demand_charge_per_kw_month)


def _vehicles(demo: DemoCity, number: dict[str, int]) -> tuple[VehicleKind, ...]:
    """Return what the riders ride; the shares of each pack model add up to 1."""
    kinds = Counter(
        (0, 1) if rider.vehicle is None else (number[rider.vehicle.model], rider.vehicle.packs)
        for rider in demo.riders
    )
    of_model: Counter[int] = Counter()
    for (model, _), riders in kinds.items():
        of_model[model] += riders
    return tuple(
        VehicleKind(model, packs, riders / of_model[model])
        for (model, packs), riders in sorted(kinds.items())
    )


def _middle(demo: DemoCity, zone_id: str) -> Point:
    area = next(zone.area for zone in demo.zones if zone.id == zone_id)
    return Point((area.west + area.east) / 2, (area.south + area.north) / 2)


def _shop(shop: records.PartnerShop, city: records.City) -> Shop:
    hours = Timetable(shop.opening_hours, city.time_zone, city.country)
    return Shop(shop.id, shop.point, shop.capacity_packs, shop.price_per_pack_day, hours)


def _network_site(row: StationRow, *, is_lone: bool) -> Site:
    slots = row.capacity or USUAL_SLOTS
    kind = SiteKind.HIGHWAY if is_lone or _HIGHWAY_NAME.search(row.name) else SiteKind.URBAN
    return Site(
        id=row.external_id,
        key=0,
        name=row.name,
        point=row.point,
        slot_models=(0,) * slots,
        kind=kind,
        feeder_limit_kw=round(KW_A_SLOT * slots, 1),
        tariff=USUAL_TARIFF.id,
        timetable=Timetable(row.opening_hours or "", row.time_zone or "UTC", row.country),
        zone=row.district,
        swaps_a_day=PRIORS[kind].swaps_a_day(slots),
    )


def _lone(rows: Sequence[StationRow]) -> set[str]:
    """Return the ids of the stations with no other within `LONE_METRES`, found by the cells of a grid."""
    side = LONE_METRES / 111_195.0
    cells: dict[tuple[int, int], list[StationRow]] = {}
    for row in rows:
        cells.setdefault(_cell(row.point, side), []).append(row)
    return {
        row.external_id for row in rows if not any(_close(row, other) for other in _around(row, cells, side))
    }


def _cell(point: Point, side: float) -> tuple[int, int]:
    parallel = max(0.05, math.cos(math.radians(round(point.latitude))))
    return math.floor(point.longitude * parallel / side), math.floor(point.latitude / side)


def _around(
    row: StationRow, cells: dict[tuple[int, int], list[StationRow]], side: float
) -> Iterable[StationRow]:
    column, line = _cell(row.point, side)
    for east, north in itertools.product((-1, 0, 1), repeat=2):
        yield from cells.get((column + east, line + north), ())


def _close(row: StationRow, other: StationRow) -> bool:
    return row is not other and distance_metres(row.point, other.point) <= LONE_METRES


def _usual_transporters(sites: Sequence[Site]) -> tuple[Carrier, ...]:
    count = max(1, round(len(sites) / STATIONS_A_TRANSPORTER))
    return tuple(
        Carrier(f"T{n + 1:03d}", *_VEHICLES[n % len(_VEHICLES)], sites[n * len(sites) // count].point)
        for n in range(count)
    )


def _usual_staff(sites: Sequence[Site]) -> tuple[Worker, ...]:
    count = max(3, round(len(sites) / STATIONS_A_WORKER))
    return tuple(
        Worker(f"S{n + 1:03d}", sites[n * len(sites) // count].id, _SHIFTS[n % len(_SHIFTS)], n % 4 == 0)
        for n in range(count)
    )


def _usual_shops(sites: Sequence[Site]) -> tuple[Shop, ...]:
    count = max(1, round(len(sites) / STATIONS_A_SHOP))
    return tuple(
        Shop(f"P{n + 1:03d}", site.point, 10, 6.5, Timetable("Mo-Su 07:00-22:00", site.timetable.time_zone))
        for n in range(count)
        for site in (sites[n * len(sites) // count],)
    )
