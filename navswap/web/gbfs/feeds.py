"""What each GBFS 3.0 feed says of the network, as plain values: https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md.

What GBFS rents are vehicles; here they are charged packs. So a pack model is a vehicle type of the form `other`, a free pack an
available vehicle, and an empty slot a dock. Ids of stations are those of the GraphQL API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from navswap.features.stations.graphql import Station as StationNode
from navswap.features.stations.service import Station, StationNow, open_at
from navswap.graphql.nodes import relay_id
from navswap.kit.charging import PackModel

Values = dict[str, Any]

VERSION: Final = "3.0"
KWH_PER_KILOMETRE: Final = 0.03
"""What an electric scooter takes in a city; the range of a pack follows from it."""
ALL_DAY: Final = "24/7"


@dataclass(frozen=True, slots=True)
class System:
    """Who runs the network: `language` is that of names without one (BCP 47), `url` where the feeds are."""

    id: str
    name: str
    language: str
    contact_email: str
    time_zone: str
    url: str


def discovery(system: System, feeds: Sequence[str]) -> Values:
    """Return `gbfs.json`: where the feeds are."""
    return {"feeds": [{"name": name, "url": f"{system.url}/gbfs/3/{name}.json"} for name in feeds]}


def versions(system: System) -> Values:
    """Return `gbfs_versions.json`: the versions that are served."""
    return {"versions": [{"version": VERSION, "url": f"{system.url}/gbfs/3/gbfs.json"}]}


def system_information(system: System, stations: Sequence[Station]) -> Values:
    """Return `system_information.json`; its hours are those of the stations where all have the same ones."""
    hours = {station.information.opening_hours for station in stations}
    languages = {_language(tag) for station in stations for tag in station.information.names}
    return {
        "system_id": system.id,
        "languages": sorted({system.language, *languages}, key=lambda tag: (tag != system.language, tag)),
        "name": [_text(system.name, system.language)],
        "opening_hours": hours.pop() or ALL_DAY if len(hours) == 1 else ALL_DAY,
        "feed_contact_email": system.contact_email,
        "timezone": system.time_zone,
    }


def vehicle_types(system: System, models: Sequence[PackModel]) -> Values:
    """Return `vehicle_types.json`: the pack models, with the range of a full new pack in metres."""
    return {
        "vehicle_types": [
            {
                "vehicle_type_id": model.id,
                "form_factor": "other",
                "propulsion_type": "electric",
                "max_range_meters": round(model.capacity_kwh / KWH_PER_KILOMETRE * 1000),
                "name": [_text(model.id, system.language)],
            }
            for model in models
        ]
    }


def station_information(system: System, stations: Sequence[Station]) -> Values:
    """Return `station_information.json`: names, places, slots, hours and the models that the slots take."""
    return {"stations": [_information(system, station) for station in stations]}


def station_status(stations: Sequence[Station], now: datetime) -> Values:
    """Return `station_status.json`: free packs by model, empty slots, and whether a station hands out packs now."""
    handing_out = open_at(map(StationNow.of, stations), now)
    return {"stations": [_status(station, hands_out=station.id in handing_out) for station in stations]}


def _information(system: System, station: Station) -> Values:
    known = station.information
    names = {system.language: known.name} | {_language(tag): name for tag, name in known.names.items()}
    found: Values = {
        "station_id": _id(station),
        "name": [_text(text, language) for language, text in names.items()],
        "lat": known.point.latitude,
        "lon": known.point.longitude,
        "capacity": known.slot_count,
        "is_virtual_station": False,
        "is_valet_station": False,
        "vehicle_docks_capacity": [
            {"vehicle_type_ids": [model], "count": known.slots_of_model(model)} for model in _models(station)
        ],
    }
    address = ", ".join(part for part in (known.address, known.district, known.city) if part)
    if address:
        found["address"] = address
    if known.opening_hours:
        found["station_opening_hours"] = known.opening_hours
    return found


def _status(station: Station, *, hands_out: bool) -> Values:
    status = station.status
    stock = status.stock
    return {
        "station_id": _id(station),
        "num_vehicles_available": stock.free_packs,
        "vehicle_types_available": [
            {"vehicle_type_id": part.model_id, "count": part.stock.free_packs}
            for part in status.stock_by_model
        ],
        "num_vehicles_disabled": stock.faulty_packs + stock.blocked_packs,
        "num_docks_available": stock.empty_slots,
        "num_docks_disabled": len(station.closed_slots),
        "vehicle_docks_available": [
            {"vehicle_type_ids": [part.model_id], "count": part.stock.empty_slots}
            for part in status.stock_by_model
            if station.information.slots_of_model(part.model_id)
        ],
        "is_installed": True,
        "is_renting": hands_out,
        "is_returning": hands_out,
        "last_reported": moment(status.last_reported),
    }


def _models(station: Station) -> list[str]:
    """Return the pack models that the slots of a station take, by id."""
    known = station.information
    return sorted({known.model_of_slot(evse_id) for evse_id in range(1, known.slot_count + 1)})


def _id(station: Station) -> str:
    return str(relay_id(StationNode, station.id))


def _language(tag: str) -> str:
    """Return a language tag as GBFS takes it: language and region, without script or variants; zh for zh-Hant."""
    language, *others = tag.split("-")
    region = next((part.upper() for part in others if len(part) == 2 and part.isalpha()), None)
    return language.lower() if region is None else f"{language.lower()}-{region}"


def _text(text: str, language: str) -> Values:
    return {"text": text, "language": language}


def moment(time: datetime) -> str:
    """Return a time as GBFS writes it: RFC 3339, whole seconds, UTC."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
