"""The demonstration network as a whole: reads its seed files and refuses what does not fit together."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError, model_validator

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.errors import NavSwapError
from navswap.seeding.records import (
    AccountRole,
    AtDepot,
    AtShop,
    City,
    DemoAccounts,
    InSlot,
    Located,
    Pack,
    PackCondition,
    PackModel,
    PartnerShop,
    Rider,
    Road,
    SeedRecord,
    StaffMember,
    Station,
    Tariff,
    Transporter,
    WithRider,
    WithTransporter,
    Zone,
)


class SeedsUnreadableError(NavSwapError):
    """The seed files are absent or broken; nothing was written."""

    code = "SEEDS_UNREADABLE"


class DemoCity(SeedRecord):
    """The whole demonstration network; building one checks that its parts fit together."""

    city: City
    accounts: DemoAccounts
    zones: list[Zone]
    roads: list[Road]
    tariffs: list[Tariff]
    pack_models: list[PackModel]
    stations: list[Station]
    packs: list[Pack]
    riders: list[Rider]
    staff: list[StaffMember]
    transporters: list[Transporter]
    partner_shops: list[PartnerShop]

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = [
            *_repeated(self),
            *_misplaced(self),
            *_dangling(self),
            *_packs(self),
            *_unfitting(self),
            *_accounts(self),
        ]
        if problems:
            raise ValueError("; ".join(problems[:10]))
        return self


def load_demo_city(folder: Path) -> DemoCity:
    """Read the seed files of a folder.

    Raises `SeedsUnreadableError`, which names the file and the place in it, where one is absent or broken.
    """
    parts = {
        name: _read(folder / f"{name}.json", field.annotation)
        for name, field in DemoCity.model_fields.items()
    }
    try:
        return DemoCity.model_validate(parts)
    except ValidationError as error:
        raise SeedsUnreadableError(f"{folder}: {error.errors()[0]['msg']}") from error


def read_city(folder: Path) -> City:
    """Read what the city of the seed files is called and where it is; raises SeedsUnreadableError."""
    city = _read(folder / "city.json", City)
    assert isinstance(city, City)  # noqa: S101 - narrows the type only
    return city


def _read(path: Path, shape: Any) -> object:
    try:
        return TypeAdapter(shape).validate_json(path.read_bytes())
    except OSError as error:
        raise SeedsUnreadableError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SeedsUnreadableError(f"{path}: {place}: {first['msg']}") from error


def _repeated(city: DemoCity) -> Iterator[str]:
    """Yield the identifiers and e-mail addresses that stand twice."""
    for name, keys in {
        "zone": [zone.id for zone in city.zones],
        "road": [road.id for road in city.roads],
        "tariff": [tariff.id for tariff in city.tariffs],
        "station": [station.id for station in city.stations],
        "pack": [pack.serial for pack in city.packs],
        "pack model": [STANDARD_PACK.id, *(model.designation for model in city.pack_models)],
        "rider": [rider.id for rider in city.riders],
        "staff": [member.id for member in city.staff],
        "transporter": [transporter.id for transporter in city.transporters],
        "partner shop": [shop.id for shop in city.partner_shops],
        "e-mail address": _emails(city),
        "account": [account.email for account in city.accounts.accounts],
    }.items():
        yield from (f"{name} {key} stands twice" for key, times in Counter(keys).items() if times > 1)


def _misplaced(city: DemoCity) -> Iterator[str]:
    """Yield the places outside the zone that they name."""
    zones = {zone.id: zone for zone in city.zones}
    places: list[tuple[str, Located]] = [
        *((station.id, station) for station in city.stations),
        *((shop.id, shop) for shop in city.partner_shops),
    ]
    for identifier, place in places:
        zone = zones.get(place.zone)
        if zone is None or not zone.area.contains(place.point):
            yield f"{identifier} does not lie in zone {place.zone}"


def _dangling(city: DemoCity) -> Iterator[str]:
    """Yield the references to what does not exist."""
    tariffs = {tariff.id for tariff in city.tariffs}
    stations = {station.id for station in city.stations}
    zones = {zone.id for zone in city.zones}
    yield from (f"{s.id}: no tariff {s.tariff}" for s in city.stations if s.tariff not in tariffs)
    yield from (f"{m.id}: no station {m.home_station}" for m in city.staff if m.home_station not in stations)
    models = {STANDARD_PACK.id, *(model.designation for model in city.pack_models)}
    named = [
        *((station.id, model) for station in city.stations for model in station.slot_models),
        *((rider.id, rider.vehicle.model) for rider in city.riders if rider.vehicle is not None),
        *((pack.serial, pack.model) for pack in city.packs),
    ]
    yield from (f"{identifier}: no pack model {model}" for identifier, model in named if model not in models)
    yield from (f"{t.id}: no zone {t.home_zone}" for t in city.transporters if t.home_zone not in zones)


def _packs(city: DemoCity) -> Iterator[str]:
    """Yield a line for each place that is missing or over-full, and each rider with fewer packs than the vehicle takes."""
    slots = {station.id: station.slots for station in city.stations}
    room = {f"slot {slot} of {station}": 1 for station, last in slots.items() for slot in range(1, last + 1)}
    riding = {
        f"rider {rider.id}": 1 if rider.vehicle is None else rider.vehicle.packs for rider in city.riders
    }
    room |= riding
    room |= {f"shop {shop.id}": shop.capacity_packs for shop in city.partner_shops}
    room |= {f"transporter {driver.id}": driver.capacity_packs for driver in city.transporters}
    taken = Counter(place for pack in city.packs if (place := _place(pack)) is not None)
    yield from (f"there is no {place} for a pack" for place in taken if place not in room)
    yield from (
        f"{taken[place]} packs are in {place}, which has room for {most}"
        for place, most in room.items()
        if taken[place] > most
    )
    yield from (
        f"retired pack {pack.serial} is not at the depot"
        for pack in city.packs
        if pack.condition is PackCondition.RETIRED and not isinstance(pack.place, AtDepot)
    )
    yield from (
        f"{rider} has {taken[rider] or 'no'} pack, and rides with {packs}"
        for rider, packs in riding.items()
        if taken[rider] < packs
    )


def _unfitting(city: DemoCity) -> Iterator[str]:
    """Yield a line for each slot with two models or that does not exist, and each pack where another model belongs."""
    for station in city.stations:
        slots = [slot for model_slots in station.slot_models.values() for slot in model_slots]
        if len(set(slots)) < len(slots) or max(slots, default=1) > station.slots:
            yield f"{station.id}: a slot with a model of its own stands twice, or does not exist"
    stations = {station.id: station for station in city.stations}
    riders = {rider.id: rider for rider in city.riders}
    for pack in city.packs:
        model = pack.model
        match pack.place:
            case InSlot(station=station_id, slot=slot) if station_id in stations:
                model = stations[station_id].model_of_slot(slot)
            case WithRider(rider=rider_id) if rider_id in riders:
                vehicle = riders[rider_id].vehicle
                model = STANDARD_PACK.id if vehicle is None else vehicle.model
        if pack.model != model:
            yield f"pack {pack.serial} is a {pack.model} where a {model} belongs"


def _place(pack: Pack) -> str | None:
    """Name the place of a pack that has room for so many; None for the depot."""
    match pack.place:
        case InSlot(station=station, slot=slot):
            return f"slot {slot} of {station}"
        case WithRider(rider=rider):
            return f"rider {rider}"
        case AtShop(shop=shop):
            return f"shop {shop}"
        case WithTransporter(transporter=transporter):
            return f"transporter {transporter}"
        case AtDepot():
            return None


def _accounts(city: DemoCity) -> Iterator[str]:
    """Yield the roles without an account, and of accounts whose person is not in the city."""
    people: dict[AccountRole, Iterable[str]] = {
        AccountRole.CONSUMER: {rider.email for rider in city.riders},
        AccountRole.STAFF: {member.email for member in city.staff},
        AccountRole.TRANSPORTER: {driver.email for driver in city.transporters},
        AccountRole.PARTNER: {shop.email for shop in city.partner_shops},
    }
    present = {account.role for account in city.accounts.accounts}
    yield from (f"role {role} has no account" for role in AccountRole if role not in present)
    for account in city.accounts.accounts:
        if account.role in people and account.email not in people[account.role]:
            yield f"account {account.email} belongs to no one with role {account.role}"


def _emails(city: DemoCity) -> list[str]:
    people: list[Rider | StaffMember | Transporter | PartnerShop] = [
        *city.riders,
        *city.staff,
        *city.transporters,
        *city.partner_shops,
    ]
    office = {AccountRole.ADMIN, AccountRole.ANALYST}
    return [
        *(person.email for person in people),
        *(account.email for account in city.accounts.accounts if account.role in office),
    ]
