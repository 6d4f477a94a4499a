"""GBFS 3.0 as its JSON schemas have it, for the feeds that NavSwap serves; a field that they do not know is refused."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, model_validator

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Count = Annotated[int, Field(ge=0)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Text(Strict):
    text: str
    language: Language


class FeedLink(Strict):
    name: Literal[
        "gbfs_versions", "system_information", "vehicle_types", "station_information", "station_status"
    ]
    url: AnyHttpUrl


class Discovery(Strict):
    feeds: Annotated[list[FeedLink], Field(min_length=1)]

    @model_validator(mode="after")
    def _require_what_goes_together(self) -> "Discovery":
        names = {feed.name for feed in self.feeds}
        assert {"system_information", "station_information", "station_status"} <= names
        return self


class Version(Strict):
    version: Literal["3.0"]
    url: AnyHttpUrl


class Versions(Strict):
    versions: list[Version]


class SystemInformation(Strict):
    system_id: str
    languages: list[Language]
    name: list[Text]
    opening_hours: str
    feed_contact_email: Annotated[str, Field(pattern="^[^@]+@[^@]+$")]
    timezone: str

    @model_validator(mode="after")
    def _require_a_time_zone(self) -> "SystemInformation":
        assert self.timezone in available_timezones()
        return self


class VehicleType(Strict):
    vehicle_type_id: str
    form_factor: Literal[
        "bicycle", "cargo_bicycle", "car", "moped", "scooter_standing", "scooter_seated", "other"
    ]
    propulsion_type: Literal["electric"]
    max_range_meters: Annotated[float, Field(ge=0)]
    name: list[Text]


class VehicleTypes(Strict):
    vehicle_types: list[VehicleType]


class DocksOfTypes(Strict):
    vehicle_type_ids: list[str]
    count: Count


class CountOfType(Strict):
    vehicle_type_id: str
    count: Count


class StationInformation(Strict):
    station_id: str
    name: Annotated[list[Text], Field(min_length=1)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    address: str | None = None
    station_opening_hours: str | None = None
    capacity: Count
    is_virtual_station: bool
    is_valet_station: bool
    vehicle_docks_capacity: list[DocksOfTypes]


class StationsInformation(Strict):
    stations: list[StationInformation]


class StationStatus(Strict):
    station_id: str
    num_vehicles_available: Count
    vehicle_types_available: list[CountOfType]
    num_vehicles_disabled: Count
    num_docks_available: Count
    num_docks_disabled: Count
    vehicle_docks_available: list[DocksOfTypes]
    is_installed: bool
    is_renting: bool
    is_returning: bool
    last_reported: datetime


class StationsStatus(Strict):
    stations: list[StationStatus]


Data = TypeVar("Data", bound=Strict)


class Feed(Strict, Generic[Data]):
    last_updated: datetime
    ttl: Count
    version: Literal["3.0"]
    data: Data


FEEDS: dict[str, type[BaseModel]] = {
    "gbfs": Feed[Discovery],
    "gbfs_versions": Feed[Versions],
    "system_information": Feed[SystemInformation],
    "vehicle_types": Feed[VehicleTypes],
    "station_information": Feed[StationsInformation],
    "station_status": Feed[StationsStatus],
}
