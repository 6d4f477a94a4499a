"""Loads the demonstration city through the services."""

from collections.abc import Iterator
from datetime import datetime

from navswap.auth.passwords import hash_password
from navswap.auth.roles import Role
from navswap.features.credits.service import CREDITS_PER_CURRENCY_UNIT
from navswap.features.energy.service import DayKind, PricePeriod
from navswap.features.energy.service import Tariff as StoredTariff
from navswap.features.packs.service import Condition, Pack, Place, PlaceKind
from navswap.features.partners.service import PartnerShop as StoredShop
from navswap.features.partners.service import read_opening_hours
from navswap.features.procurement.service import Depot
from navswap.features.staffing.service import Skill, StaffMember, WorkingHours
from navswap.features.users.service import User, Vehicle
from navswap.kit.charging import PackModel
from navswap.runtime import Runtime
from navswap.seeding.city import DemoCity, SeedsUnreadableError, load_demo_city
from navswap.seeding.files import demo_password, seeds_dir
from navswap.seeding.loading import Loading, NetworkPlan, StationPlan
from navswap.seeding.records import (
    AccountRole,
    AtDepot,
    AtShop,
    InSlot,
    PartnerShop,
    Shift,
    Station,
    Tariff,
    WithRider,
    WithTransporter,
)
from navswap.seeding.records import Pack as SeedPack
from navswap.seeding.report import SeedProgress, SeedReport, silent

SHIFT_HOURS = {Shift.MORNING: (6, 14), Shift.EVENING: (14, 22), Shift.NIGHT: (22, 6)}
"""First hour of each shift and the hour that it ends before, local."""


async def seed_demo(
    runtime: Runtime, progress: SeedProgress = silent, *, dry_run: bool = False
) -> SeedReport:
    """Load the demonstration city; a second time it changes nothing, not even what riders have moved since.

    Raises SeedsUnreadableError before anything is written, PublishedPasswordError, SeedConflictError.
    """
    city = load_demo_city(seeds_dir(runtime.settings))
    hashed = await hash_password(demo_password(runtime.settings, city))
    now = runtime.clock.now()
    plan = NetworkPlan(
        stations=[_station(station, city) for station in city.stations],
        packs=[_pack(pack, city, now) for pack in city.packs],
        users=list(_users(city, hashed, now)),
        vehicles=list(_vehicles(city)),
        pack_models=[
            PackModel(m.designation, m.capacity_kwh, m.voltage_class, m.max_charge_kw, m.connector)
            for m in city.pack_models
        ],
        tariffs=[_tariff(tariff, city) for tariff in city.tariffs],
        shops=[_shop(shop, city) for shop in city.partner_shops],
        staff=list(_staff(city)),
        depots=[
            Depot(
                id=city.city.depot,
                name=f"{city.city.name} depot",
                time_zone=city.city.time_zone,
                point=city.city.depot_point,
            )
        ],
    )
    report = SeedReport(source=f"the demonstration city {city.city.name}", dry_run=dry_run)
    await Loading(runtime, report, progress).run(plan)
    return report


def _station(station: Station, city: DemoCity) -> StationPlan:
    zones = {zone.id: zone.name for zone in city.zones}
    return StationPlan(
        station.id,
        {
            "name": station.name,
            "names": {"en": station.name},
            "address": station.address,
            "district": zones[station.zone],
            "city": city.city.name,
            "point": station.point,
            "slot_count": station.slots,
            "slot_models": tuple(
                station.model_of_slot(slot) for slot in range(1, station.slots + 1) if station.slot_models
            ),
            "opening_hours": station.opening_hours,
            "time_zone": city.city.time_zone,
            "country": city.city.country,
            "tariff_id": station.tariff,
            "feeder_limit_kw": station.feeder_limit_kw,
        },
    )


def _shop(shop: PartnerShop, city: DemoCity) -> StoredShop:
    zones = {zone.id: zone.name for zone in city.zones}
    try:
        hours = read_opening_hours(shop.opening_hours)
    except ValueError as error:
        raise SeedsUnreadableError(f"partner_shops.json: {shop.id}: {error}") from error
    return StoredShop(
        id=shop.id,
        owner_id=_owner_id(shop),
        name=shop.name,
        address=shop.address,
        district=zones[shop.zone],
        point=shop.point,
        time_zone=city.city.time_zone,
        opening_hours=hours,
        capacity_packs=shop.capacity_packs,
        credits_per_pack_day=round(shop.price_per_pack_day * CREDITS_PER_CURRENCY_UNIT),
    )


def _owner_id(shop: PartnerShop) -> str:
    return f"{shop.id}-OWNER"


def _tariff(tariff: Tariff, city: DemoCity) -> StoredTariff:
    return StoredTariff(
        id=tariff.id,
        name=tariff.name,
        time_zone=city.city.time_zone,
        currency=city.city.currency,
        demand_charge_per_kw_month=tariff.demand_charge_per_kw_month,
        periods=tuple(
            PricePeriod(**period.model_dump(exclude={"days"}), days=DayKind(period.days))
            for period in tariff.periods
        ),
    )


def _pack(pack: SeedPack, city: DemoCity, now: datetime) -> Pack:
    return Pack(
        id=pack.serial,
        soc_percent=pack.soc_percent,
        soh_percent=pack.soh_percent,
        cycles=pack.cycles,
        condition=Condition(pack.condition),
        place=_place(pack, city),
        reported_at=now,
        model_id=pack.model,
    )


def _place(pack: SeedPack, city: DemoCity) -> Place:
    match pack.place:
        case InSlot(station=station, slot=slot):
            return Place(kind=PlaceKind.SLOT, holder_id=station, evse_id=slot)
        case WithRider(rider=rider):
            return Place(kind=PlaceKind.RIDER, holder_id=rider)
        case AtShop(shop=shop):
            return Place(kind=PlaceKind.SHOP, holder_id=shop)
        case WithTransporter(transporter=transporter):
            return Place(kind=PlaceKind.TRANSPORTER, holder_id=transporter)
        case AtDepot():
            return Place(kind=PlaceKind.DEPOT, holder_id=city.city.depot)


def _staff(city: DemoCity) -> Iterator[StaffMember]:
    for member in city.staff:
        start_hour, end_hour = SHIFT_HOURS[member.shift]
        yield StaffMember(
            id=member.id,
            home_station_id=member.home_station,
            skills=(Skill.SERVICE, Skill.REPAIR) if member.technician else (Skill.SERVICE,),
            hours=WorkingHours(start_hour=start_hour, end_hour=end_hour, time_zone=city.city.time_zone),
        )


def _vehicles(city: DemoCity) -> Iterator[Vehicle]:
    for rider in city.riders:
        if rider.vehicle is not None:
            yield Vehicle(
                id=f"{rider.id}-VEHICLE",
                rider_id=rider.id,
                name=rider.vehicle.name,
                pack_model_id=rider.vehicle.model,
                pack_count=rider.vehicle.packs,
            )


def _users(city: DemoCity, hashed: str, now: datetime) -> Iterator[User]:
    """Yield the people of the city under one hash: the password is the same and public, so own salts guard nothing."""

    def user(identifier: str, name: str, email: str, role: Role) -> User:
        return User(id=identifier, name=name, email=email, role=role, password_hash=hashed, created_at=now)

    for rider in city.riders:
        yield user(rider.id, rider.name, rider.email, Role.CONSUMER)
    for member in city.staff:
        yield user(member.id, member.name, member.email, Role.STAFF)
    for driver in city.transporters:
        yield user(driver.id, driver.name, driver.email, Role.TRANSPORTER)
    for shop in city.partner_shops:
        yield user(_owner_id(shop), shop.owner, shop.email, Role.PARTNER)
    for account in city.accounts.accounts:
        if account.role in {AccountRole.ADMIN, AccountRole.ANALYST}:
            yield user(account.role, account.name, account.email, Role(account.role))
