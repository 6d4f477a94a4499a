"""The seed files of the demonstration network, record by record; an unknown field is refused."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.geo import Area, Point
from navswap.kit.opening_hours import require_readable
from navswap.kit.time_zones import is_time_zone

Identifier = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,19}$")]
"""Short and stable: what other records, and a second seeding, refer to."""
Text = Annotated[str, Field(min_length=1, max_length=120)]
Email = Annotated[str, Field(pattern=r"^[a-z0-9.]+@[a-z0-9.]+$", max_length=120)]
Percent = Annotated[int, Field(ge=0, le=100)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


def _require_hours(notation: str) -> str:
    require_readable(notation)
    return notation


def _require_time_zone(name: str) -> str:
    if not is_time_zone(name):
        raise ValueError(f"there is no time zone {name!r}")
    return name


class SeedRecord(BaseModel):
    """One record of a seed file: strict, frozen, no field beyond the declared ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class City(SeedRecord):
    """The invented city: its name, time zone (IANA), country (ISO 3166-1), currency (ISO 4217), and battery depot."""

    name: Text
    time_zone: Annotated[Text, AfterValidator(_require_time_zone)]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    depot: Identifier
    depot_longitude: Longitude
    depot_latitude: Latitude

    @property
    def depot_point(self) -> Point:
        """The place of the depot."""
        return Point(self.depot_longitude, self.depot_latitude)


class Located(SeedRecord):
    """Something with an address in a zone of the city."""

    zone: Identifier
    address: Text
    longitude: Longitude
    latitude: Latitude

    @property
    def point(self) -> Point:
        """The place of the record."""
        return Point(self.longitude, self.latitude)


class ZoneKind(StrEnum):
    """What a part of the city mostly is; demand follows it."""

    CAMPUS = "CAMPUS"
    COMMERCIAL = "COMMERCIAL"
    HERITAGE = "HERITAGE"
    INDUSTRIAL = "INDUSTRIAL"
    RESIDENTIAL = "RESIDENTIAL"
    TRANSIT = "TRANSIT"


class Zone(SeedRecord):
    """A district of the city: a box in degrees; together the zones cover the city without overlap."""

    id: Identifier
    name: Text
    kind: ZoneKind
    west: Longitude
    south: Latitude
    east: Longitude
    north: Latitude

    @property
    def area(self) -> Area:
        """The box of the zone."""
        return Area(self.west, self.south, self.east, self.north)


class Road(SeedRecord):
    """A main road: its course as [longitude, latitude] pairs and the speed on it when it is empty (km/h)."""

    id: Identifier
    name: Text
    free_flow_kmh: Annotated[int, Field(ge=5, le=120)]
    course: Annotated[list[Annotated[list[float], Field(min_length=2, max_length=2)]], Field(min_length=2)]


class DayKind(StrEnum):
    """The days that a price holds on."""

    WEEKDAY = "WEEKDAY"
    WEEKEND = "WEEKEND"


class PricePeriod(SeedRecord):
    """A price from `start_hour` up to `end_hour` (local hours, 0 to 24) on one kind of day."""

    days: DayKind
    start_hour: Annotated[int, Field(ge=0, le=23)]
    end_hour: Annotated[int, Field(ge=1, le=24)]
    price_per_kwh: Annotated[float, Field(gt=0)]


class Tariff(SeedRecord):
    """A time-of-use tariff; its periods cover every hour of both kinds of day exactly once."""

    id: Identifier
    name: Text
    demand_charge_per_kw_month: Annotated[float, Field(ge=0)]
    periods: list[PricePeriod]

    @model_validator(mode="after")
    def _cover_the_week(self) -> Self:
        for days in DayKind:
            hours = [
                hour
                for period in self.periods
                if period.days is days
                for hour in range(period.start_hour, period.end_hour)
            ]
            if sorted(hours) != list(range(24)):
                raise ValueError(f"tariff {self.id} does not cover each hour of a {days} once")
        return self


class PackModel(SeedRecord):
    """A model of packs beside the standard one; `voltage_class` is in volts."""

    designation: Identifier
    capacity_kwh: Annotated[float, Field(gt=0, le=20)]
    voltage_class: Annotated[int, Field(ge=1, le=1000)]
    max_charge_kw: Annotated[float, Field(gt=0, le=50)]
    connector: Text


class Station(Located):
    """A swap station; its slots are numbered from 1, `feeder_limit_kw` bounds the power that it draws.

    `slot_models` names the slots that take a model beside the standard one.
    """

    id: Identifier
    name: Text
    slots: Annotated[int, Field(ge=10, le=24)]
    feeder_limit_kw: Annotated[float, Field(gt=0, le=100)]
    tariff: Identifier
    opening_hours: Annotated[Text, AfterValidator(_require_hours)]
    slot_models: dict[Identifier, list[Annotated[int, Field(ge=1)]]] = Field(default_factory=dict)

    def model_of_slot(self, slot: int) -> str:
        """Return the model of packs that a slot takes."""
        return next((model for model, slots in self.slot_models.items() if slot in slots), STANDARD_PACK.id)


class RiderVehicle(SeedRecord):
    """What a rider rides, where that is not one pack of the standard model."""

    name: Text
    model: Identifier
    packs: Annotated[int, Field(ge=1, le=4)]


class Rider(SeedRecord):
    """A person who swaps."""

    id: Identifier
    name: Text
    email: Email
    vehicle: RiderVehicle | None = None


class Shift(StrEnum):
    """The hours of the day that a member of staff usually works."""

    MORNING = "MORNING"
    EVENING = "EVENING"
    NIGHT = "NIGHT"


class StaffMember(SeedRecord):
    """A person who serves riders or repairs slots, and the station where a shift begins."""

    id: Identifier
    name: Text
    email: Email
    home_station: Identifier
    shift: Shift
    technician: bool


class Vehicle(StrEnum):
    """What a transporter drives."""

    CARGO_BIKE = "CARGO_BIKE"
    CARGO_THREE_WHEELER = "CARGO_THREE_WHEELER"
    VAN = "VAN"


class Transporter(SeedRecord):
    """A person who moves packs between stations and shops, up to `capacity_packs` at once."""

    id: Identifier
    name: Text
    email: Email
    vehicle: Vehicle
    capacity_packs: Annotated[int, Field(ge=1, le=60)]
    home_zone: Identifier


class PartnerShop(Located):
    """A shop that stores packs for a price per pack and day."""

    id: Identifier
    name: Text
    owner: Text
    email: Email
    capacity_packs: Annotated[int, Field(ge=1, le=60)]
    opening_hours: Text
    price_per_pack_day: Annotated[float, Field(gt=0)]


class InSlot(SeedRecord):
    """The pack stands in a slot (from 1) of a station."""

    kind: Literal["SLOT"]
    station: Identifier
    slot: Annotated[int, Field(ge=1)]


class WithRider(SeedRecord):
    """The pack drives a rider's vehicle."""

    kind: Literal["RIDER"]
    rider: Identifier


class AtShop(SeedRecord):
    """The pack is stored at a partner shop."""

    kind: Literal["SHOP"]
    shop: Identifier


class WithTransporter(SeedRecord):
    """The pack is on a transporter's vehicle."""

    kind: Literal["TRANSPORTER"]
    transporter: Identifier


class AtDepot(SeedRecord):
    """The pack is in the city's depot."""

    kind: Literal["DEPOT"]


PackPlace = Annotated[InSlot | WithRider | AtShop | WithTransporter | AtDepot, Field(discriminator="kind")]


class PackCondition(StrEnum):
    """Whether a pack may be handed out; a retired one is at the depot for good."""

    FIT = "FIT"
    FAULTY = "FAULTY"
    RETIRED = "RETIRED"


class Pack(SeedRecord):
    """A pack: its model, charge (SoC) and health (SoH) in percent, charge cycles so far, and the one place it is in."""

    serial: Annotated[str, Field(min_length=1, max_length=50)]
    model: Identifier = STANDARD_PACK.id
    produced_on: date
    soc_percent: Percent
    soh_percent: Percent
    cycles: Annotated[int, Field(ge=0)]
    condition: PackCondition = PackCondition.FIT
    place: PackPlace


class AccountRole(StrEnum):
    """The roles of the API, each with one demonstration account."""

    CONSUMER = "CONSUMER"
    STAFF = "STAFF"
    TRANSPORTER = "TRANSPORTER"
    PARTNER = "PARTNER"
    ADMIN = "ADMIN"
    ANALYST = "ANALYST"


class DemoAccount(SeedRecord):
    """An account to try the API with."""

    role: AccountRole
    name: Text
    email: Email


class DemoAccounts(SeedRecord):
    """The demonstration accounts and the one password that they share; it is published, so it protects nothing."""

    password: Annotated[str, Field(min_length=12)]
    accounts: list[DemoAccount]
