"""Mutations of the stations slice."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OPERATORS
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql.types import Station
from navswap.features.stations.service import OpeningTimes, StationsServices, StationState, read_times
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.input(description="The station and its new state.")
class SetStationStateInput:
    """The input of setStationState."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    state: StationState = strawberry.field(description="The state it shall have.")


@strawberry.type(description="The station has the state.")
class SetStationStatePayload:
    """The answer of setStationState."""

    station: Station = strawberry.field(description="The station as it is now.")


SetStationStateResult = Annotated[
    SetStationStatePayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("SetStationStateResult", description="The station, or why its state stays."),
]


@strawberry.input(description="A date on which a station has hours of its own.")
class HoursExceptionInput:
    """An exception to the opening hours as clients give it."""

    date: str = strawberry.field(description="The date, such as 2026-12-25, local.")
    hours: str | None = strawberry.field(
        default=None,
        description="The hours, such as `10:00-14:00,16:00-20:00`, also past midnight: `18:00-02:00`; null where it is "
        "closed from midnight to midnight.",
    )


@strawberry.input(description="The station, and when it is open.")
class SetStationHoursInput:
    """The input of setStationHours."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    opening_hours: str | None = strawberry.field(
        description="OpenStreetMap opening_hours syntax, local times, at most 200 characters, such as `24/7` or `Mo-Sa "
        "06:00-23:00; PH off`; null where they are unknown, which closes nothing."
    )
    time_zone: str = strawberry.field(description="IANA name of the time zone, such as Asia/Kolkata.")
    country: str | None = strawberry.field(
        default=None,
        description="Country by ISO 3166-1 alpha-2, for its public holidays (PH); where its calendar is not known, such as "
        "that of IN, give their dates as exceptions.",
    )
    exceptions: list[HoursExceptionInput] = strawberry.field(
        default_factory=list, description="All dates with hours of their own, each once; at most 100."
    )

    def to_times(self) -> OpeningTimes:
        """Return the hours; raises InvalidInputError."""
        days = tuple((day.date, day.hours or "") for day in self.exceptions)
        return read_times(self.opening_hours or "", self.time_zone, self.country, days)


@strawberry.type(description="The station has the opening hours.")
class SetStationHoursPayload:
    """The answer of setStationHours."""

    station: Station = strawberry.field(description="The station as it is now.")


SetStationHoursResult = Annotated[
    SetStationHoursPayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("SetStationHoursResult", description="The station, or why its opening hours stay."),
]


@strawberry.type
class StationsMutation:
    """Mutations of the stations slice."""

    @strawberry.mutation(
        description="Open or close a station. One that is not open gives no new holds. Holds that stand move to "
        "another station near, which queueEntryChanged reports to the rider, or end with a compensation; a swap whose "
        "code was scanned is finished at a CLOSED one.",
        extensions=roles(*OPERATORS),
    )
    async def set_station_state(
        self,
        info: Info,
        input: Annotated[SetStationStateInput, strawberry.argument(description="The station and its state.")],
    ) -> SetStationStateResult:
        """Open or close a station."""
        station_id = database_id(input.station_id, Station, "station_id")
        stations = StationsServices.of(info.context).stations
        changed = await stations.set_state(station_id, input.state, info.context.signed_in())
        return SetStationStatePayload(station=Station.of(changed))

    @strawberry.mutation(
        description="Say when a station is open. Out of its hours it is not recommended and gives no holds, nor such that "
        "would end after it closes; those that stand and would end so move to another station near, which queueEntryChanged reports "
        "to the rider, or end with a compensation. A swap whose code was scanned is finished.",
        extensions=roles(*OPERATORS),
    )
    async def set_station_hours(
        self,
        info: Info,
        input: Annotated[SetStationHoursInput, strawberry.argument(description="The station and its hours.")],
    ) -> SetStationHoursResult:
        """Say when a station is open."""
        station_id = database_id(input.station_id, Station, "station_id")
        stations = StationsServices.of(info.context).stations
        changed = await stations.set_hours(station_id, input.to_times(), info.context.signed_in())
        return SetStationHoursPayload(station=Station.of(changed))
