"""The demonstration network as a whole: reads its seed files and refuses what does not fit together."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError, model_validator

from navswap.kit.errors import NavSwapError
from navswap.seeding.records import (
    AccountRole,
    AtDepot,
    AtShop,
    BatteryPack,
    City,
    DemoAccounts,
    InSlot,
    Located,
    PackCondition,
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
    stations: list[Station]
    batteries: list[BatteryPack]
    riders: list[Rider]
    staff: list[StaffMember]
    transporters: list[Transporter]
    partner_shops: list[PartnerShop]

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        problems = [*_repeated(self), *_misplaced(self), *_dangling(self), *_packs(self), *_accounts(self)]
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
    """Tell of identifiers and e-mail addresses that stand twice."""
    for name, keys in {
        "zone": [zone.id for zone in city.zones],
        "road": [road.id for road in city.roads],
        "tariff": [tariff.id for tariff in city.tariffs],
        "station": [station.id for station in city.stations],
        "battery": [pack.serial for pack in city.batteries],
        "rider": [rider.id for rider in city.riders],
        "staff": [member.id for member in city.staff],
        "transporter": [transporter.id for transporter in city.transporters],
        "partner shop": [shop.id for shop in city.partner_shops],
        "e-mail address": _emails(city),
        "account": [account.email for account in city.accounts.accounts],
    }.items():
        yield from (f"{name} {key} stands twice" for key, times in Counter(keys).items() if times > 1)


def _misplaced(city: DemoCity) -> Iterator[str]:
    """Tell of places outside the zone that they name."""
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
    """Tell of references to what does not exist."""
    tariffs = {tariff.id for tariff in city.tariffs}
    stations = {station.id for station in city.stations}
    zones = {zone.id for zone in city.zones}
    yield from (f"{s.id}: no tariff {s.tariff}" for s in city.stations if s.tariff not in tariffs)
    yield from (f"{m.id}: no station {m.home_station}" for m in city.staff if m.home_station not in stations)
    yield from (f"{t.id}: no zone {t.home_zone}" for t in city.transporters if t.home_zone not in zones)


def _packs(city: DemoCity) -> Iterator[str]:
    """Tell of packs in a place that does not exist or is full, and of riders without exactly one pack."""
    slots = {station.id: station.slots for station in city.stations}
    room = {f"slot {slot} of {station}": 1 for station, last in slots.items() for slot in range(1, last + 1)}
    room |= {f"rider {rider.id}": 1 for rider in city.riders}
    room |= {f"shop {shop.id}": shop.capacity_packs for shop in city.partner_shops}
    room |= {f"transporter {driver.id}": driver.capacity_packs for driver in city.transporters}
    taken = Counter(place for pack in city.batteries if (place := _place(pack)) is not None)
    yield from (f"there is no {place} for a pack" for place in taken if place not in room)
    yield from (
        f"{taken[place]} packs are in {place}, which has room for {most}"
        for place, most in room.items()
        if taken[place] > most
    )
    yield from (
        f"retired pack {pack.serial} is not at the depot"
        for pack in city.batteries
        if pack.condition is PackCondition.RETIRED and not isinstance(pack.place, AtDepot)
    )
    yield from (f"rider {r.id} has no pack" for r in city.riders if not taken[f"rider {r.id}"])


def _place(pack: BatteryPack) -> str | None:
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
    """Tell of roles without an account, and of accounts whose person is not in the city."""
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
            yield f"account {account.email} belongs to nobody with role {account.role}"


def _emails(city: DemoCity) -> list[str]:
    everybody: list[Rider | StaffMember | Transporter | PartnerShop] = [
        *city.riders,
        *city.staff,
        *city.transporters,
        *city.partner_shops,
    ]
    office = {AccountRole.ADMIN, AccountRole.ANALYST}
    return [
        *(person.email for person in everybody),
        *(account.email for account in city.accounts.accounts if account.role in office),
    ]
