"""Sheds: orders to draw less, for one station or for many at once."""

from datetime import datetime
from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.energy.graphql.types import StationEnergy
from navswap.features.energy.service import EnergyServices, EnergyStation
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.batches import RefusedElement, read_each
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import Kilowatts
from navswap.kit.errors import InvalidInputError


@strawberry.input(description="The order to draw less for a while.")
class ShedFeederInput:
    """The input of shedFeeder."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    limit_kw: Kilowatts = strawberry.field(description="What the station may draw in all; at most 1,000.")
    ends_at: datetime = strawberry.field(description="When the order ends (UTC), within the next 24 hours.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="The feeder is shed, and the commands to the chargers are out.")
class ShedFeederPayload:
    """The answer of shedFeeder."""

    energy: StationEnergy = strawberry.field(description="The energy of the station with the new limit.")


ShedFeederResult = Annotated[
    ShedFeederPayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("ShedFeederResult", description="The new energy of the station, or why it stays."),
]


@strawberry.input(description="The order to draw less for a while, for several stations at once.")
class ShedFeedersInput:
    """The input of shedFeeders."""

    station_ids: list[strawberry.ID | None] = strawberry.field(
        description="Ids of 1 to 1,000 stations. One that is named twice counts once."
    )
    limit_kw: Kilowatts = strawberry.field(
        description="What each of the stations may draw in all; at most 1,000."
    )
    ends_at: datetime = strawberry.field(description="When the order ends (UTC), within the next 24 hours.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(
    description="The feeders are shed, and the commands to the chargers are out. Do not send the order again."
)
class ShedFeedersPayload:
    """The answer of shedFeeders."""

    energies: list[StationEnergy] = strawberry.field(
        description="The energy of each station with the new limit, in the order of the input."
    )
    refused: list[RefusedElement] = strawberry.field(
        description="Stations that do not exist, a null among them, in the order of the input; empty where there are none."
    )


_STATION_EXAMPLES = {"stationIds": "an id that `stations` lists"}

ShedFeedersResult = Annotated[
    ShedFeedersPayload | InvalidInput,
    strawberry.union("ShedFeedersResult", description="The new energy of the stations, or why none is shed."),
]


@strawberry.type
class ShedMutation:
    """Mutations of sheds."""

    @strawberry.mutation(
        description="Let a station draw no more than a limit for a while. The commands to the chargers are published in the "
        "same transaction; held packs keep charging first. Another order replaces this one.",
        extensions=roles(Role.ADMIN),
    )
    async def shed_feeder(
        self, info: Info, input: Annotated[ShedFeederInput, strawberry.argument(description="The order.")]
    ) -> ShedFeederResult:
        """Shed a feeder."""
        station = await EnergyServices.of(info.context).charging.shed(
            database_id(input.station_id, Station, "station_id"),
            input.limit_kw,
            input.ends_at,
            input.reason,
            info.context.signed_in(),
        )
        return ShedFeederPayload(energy=StationEnergy.of(station))

    @strawberry.mutation(
        description="Let each of many stations draw no more than a limit for a while, by one decision: what a grid operator orders "
        "from a whole region at once. It holds for each station as shedFeeder does, and is out within seconds. Where it "
        "fails with an error some stations may be shed already; send it again.",
        extensions=roles(Role.ADMIN),
    )
    async def shed_feeders(
        self, info: Info, input: Annotated[ShedFeedersInput, strawberry.argument(description="The order.")]
    ) -> ShedFeedersResult:
        """Shed many feeders."""
        places, refused = read_each(
            "station_ids",
            input.station_ids,
            lambda station_id: database_id(station_id, Station, "station_ids"),
            _STATION_EXAMPLES,
        )
        energies: list[EnergyStation] = []
        if places or not refused:
            energies = await EnergyServices.of(info.context).charging.shed_all(
                list(dict.fromkeys(places.values())),
                input.limit_kw,
                input.ends_at,
                input.reason,
                info.context.signed_in(),
            )
        shed = {energy.id for energy in energies}
        unknown = InvalidInputError("station_ids", "There is no such station.")
        refused += [
            RefusedElement.of(index, unknown, _STATION_EXAMPLES)
            for index, station_id in places.items()
            if station_id not in shed
        ]
        return ShedFeedersPayload(
            energies=[StationEnergy.of(energy) for energy in energies],
            refused=sorted(refused, key=lambda element: element.index),
        )
