"""A part of a city, or several copies of it side by side."""

import dataclasses
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from navswap.kit.geo import Area, Point, distance_metres
from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.city import City, settled
from navswap.simulation.world.places import Carrier, District, Shop, Site, Worker

GAP_METRES = 600.0
"""Between two copies of a city: about what lies between two stations of the demonstration."""
LARGEST_JITTER_METRES = 120.0

T = TypeVar("T")


def sample(city: City, wanted: int, draws: Draws, slots: int | None) -> City:
    """Return a city of exactly so many stations; see `City.sample`."""
    if wanted < 1:
        raise ValueError(f"a city has at least one station, not {wanted}")
    sized = city if slots is None else _with_slots(city, slots)
    if wanted == len(city.stations):
        return sized
    return _part(sized, wanted) if wanted < len(city.stations) else _tiled(sized, wanted, draws)


def _with_slots(city: City, slots: int) -> City:
    return dataclasses.replace(city, stations=tuple(_resized(site, slots) for site in city.stations))


def _resized(site: Site, slots: int) -> Site:
    """Return a site with so many slots; power and demand grow with them, and the shares of the pack models stay."""
    factor = slots / site.slots
    return dataclasses.replace(
        site,
        slot_models=tuple(sorted(site.slot_models[slot * site.slots // slots] for slot in range(slots))),
        feeder_limit_kw=site.feeder_limit_kw * factor,
        swaps_a_day=site.swaps_a_day * factor,
    )


def _part(city: City, wanted: int) -> City:
    """Return the stations nearest to the centre, in their old order, and a like share of people and shops."""
    ranked = sorted(
        range(len(city.stations)),
        key=lambda index: (distance_metres(city.centre, city.stations[index].point), index),
    )
    sites = [city.stations[index] for index in sorted(ranked[:wanted])]
    share = wanted / len(city.stations)
    source = f"the {wanted} stations nearest to the centre of {city.source}"
    part = city.with_stations(sites, source)
    return dataclasses.replace(
        part,
        staff=part.staff
        or tuple(dataclasses.replace(worker, home_station=sites[0].id) for worker in city.staff[:3]),
        transporters=_some(city.transporters, share),
        shops=_some(city.shops, share),
    )


def _some(things: Sequence[T], share: float) -> tuple[T, ...]:
    """Return evenly spread elements of a sequence, at least one where there is any."""
    count = min(len(things), max(1, round(len(things) * share)))
    return tuple(things[number * len(things) // count] for number in range(count))


def _tiled(city: City, wanted: int, draws: Draws) -> City:
    copies = math.ceil(wanted / len(city.stations))
    shifts = _shifts(city, copies)
    sites = [
        _moved(city, site, shift, copy, draws) for copy, shift in enumerate(shifts) for site in city.stations
    ][:wanted]
    kept = {site.id for site in sites}
    share = wanted / (copies * len(city.stations))
    carriers = [
        Carrier(_copied(it.id, copy), it.vehicle, it.capacity_packs, _shifted(city, it.home, shift))
        for copy, shift in enumerate(shifts)
        for it in city.transporters
    ]
    workers = [
        Worker(_copied(it.id, copy), _copied(it.home_station, copy), it.shift, it.technician)
        for copy in range(copies)
        for it in city.staff
    ]
    shops = [_moved_shop(city, it, shift, copy) for copy, shift in enumerate(shifts) for it in city.shops]
    return dataclasses.replace(
        city,
        stations=settled(sites),
        staff=tuple(worker for worker in workers if worker.home_station in kept),
        transporters=tuple(carriers[: max(1, round(len(carriers) * share))]),
        shops=tuple(shops[: max(1, round(len(shops) * share))]) if shops else (),
        districts=tuple(
            _moved_district(city, it, shift, copy)
            for copy, shift in enumerate(shifts)
            for it in city.districts
        ),
        streets=None,
        source=f"{copies} copies side by side of {city.source}, {wanted} stations",
    )


def _shifts(city: City, copies: int) -> list[tuple[float, float]]:
    """Return the metres east and north by which each copy is moved: a square of copies, row by row, the first unmoved."""
    metres = city.plane(city.coordinates)
    width, height = np.ptp(metres, axis=0) + GAP_METRES
    side = math.ceil(math.sqrt(copies))
    return [(float(copy % side * width), float(copy // side * height)) for copy in range(copies)]


def _shifted(city: City, point: Point, shift: tuple[float, float]) -> Point:
    metres = city.plane(np.array([[point.longitude, point.latitude]])) + np.array([shift])
    longitude, latitude = city.degrees(metres)[0]
    return Point(float(longitude), float(latitude))


def _moved(city: City, site: Site, shift: tuple[float, float], copy: int, draws: Draws) -> Site:
    """Return a copy's station; each but those of the first copy stands up to 120 m beside its place."""
    if copy == 0:
        return site
    reach = LARGEST_JITTER_METRES * draws.uniform(Purpose.TILE, site.key, 2 * copy)
    bearing = 2 * math.pi * draws.uniform(Purpose.TILE, site.key, 2 * copy + 1)
    place = (shift[0] + reach * math.sin(bearing), shift[1] + reach * math.cos(bearing))
    return dataclasses.replace(
        site,
        id=_copied(site.id, copy),
        reach_metres=0.0,
        name=f"{site.name} ({copy + 1})",
        point=_shifted(city, site.point, place),
        zone=None if site.zone is None else _copied(site.zone, copy),
    )


def _moved_shop(city: City, shop: Shop, shift: tuple[float, float], copy: int) -> Shop:
    key = shop.id if copy == 0 else f"{shop.id}-c{copy}"  # the register takes letters, digits and hyphens
    return dataclasses.replace(shop, id=key, point=_shifted(city, shop.point, shift))


def _moved_district(city: City, district: District, shift: tuple[float, float], copy: int) -> District:
    south_west = _shifted(city, Point(district.area.west, district.area.south), shift)
    north_east = _shifted(city, Point(district.area.east, district.area.north), shift)
    area = Area(south_west.longitude, south_west.latitude, north_east.longitude, north_east.latitude)
    return dataclasses.replace(district, id=_copied(district.id, copy), area=area)


def _copied(identifier: str, copy: int) -> str:
    return identifier if copy == 0 else f"{identifier}.{copy + 1}"
