"""Queries, mutations and subscriptions of the energy slice."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OPERATORS, OVERSEERS, Role
from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.features.energy.events import EnergyChange, energy_stream
from navswap.features.energy.graphql.types import (
    BadFeederLimit,
    BadMeterReading,
    MeterReadingConflict,
    StationEnergy,
)
from navswap.features.energy.service import EnergyServices, Reading
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of

StationId = Annotated[relay.GlobalID, strawberry.argument(description="Id of the station.")]

ShedFeederResult = Annotated[
    StationEnergy | StationNotFound | BadFeederLimit | BadId,
    strawberry.union(
        "ShedFeederResult", description="The energy of the station with the new limit, or why it stays."
    ),
]
ReportMeterResult = Annotated[
    StationEnergy | StationNotFound | BadMeterReading | MeterReadingConflict | BadId,
    strawberry.union(
        "ReportMeterResult", description="The energy of the station, or why no reading was taken."
    ),
]


@strawberry.input(description="The order to draw less for a while.")
class ShedFeederInput:
    """The input of shedFeeder."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    limit_kw: float = strawberry.field(description="What the station may draw in all, 0 to 1,000 kW.")
    until: datetime = strawberry.field(description="When the order ends (UTC), within the next 24 hours.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.input(description="Energy that a station drew from its feeder in a span of time.")
class MeterReadingInput:
    """A reading as stations give it."""

    start: datetime = strawberry.field(description="Begin of the span (UTC).")
    end: datetime = strawberry.field(description="End of the span (UTC), at most an hour after its begin.")
    kwh: float = strawberry.field(description="Energy drawn in the span, kWh; at least 0.")


@strawberry.input(description="What the meter of a station read.")
class ReportMeterInput:
    """The input of reportMeter."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    readings: list[MeterReadingInput] = strawberry.field(
        description="1 to 100 readings; all or none count. The same reading again is counted once."
    )


@strawberry.type(description="The energy of the station when the subscription begins.")
class EnergySnapshot:
    """The first moment of energyChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    energy: StationEnergy = strawberry.field(description="The energy as it is.")


@strawberry.type(description="The energy of the station changed: a new plan, other powers, or a reading.")
class EnergyUpdate:
    """A later moment of energyChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="The revision; grows by 1 with each update.")
    energy: StationEnergy = strawberry.field(description="The energy as it is now.")


StationEnergyChange = Annotated[
    EnergySnapshot | EnergyUpdate | Resync,
    strawberry.union("StationEnergyChange", description="A moment of energyChanged."),
]


@strawberry.type
class EnergyQuery:
    """Queries of the energy slice."""

    @strawberry.field(
        description="The energy of a station; null when there is no such station, or before its first plan.",
        extensions=roles(*OVERSEERS),
    )
    async def station_energy(self, info: Info, station_id: StationId) -> StationEnergy | None:
        """Return the energy of a station."""
        found = await EnergyServices.of(info.context).charging.find(database_id(station_id, Station))
        return None if found is None else StationEnergy.of(found)


@strawberry.type
class EnergyMutation:
    """Mutations of the energy slice."""

    @strawberry.mutation(
        description="Let a station draw no more than a limit for a while. The chargers are told in the same "
        "transaction; promised packs keep charging first. Another order replaces this one.",
        extensions=roles(Role.ADMIN),
    )
    async def shed_feeder(
        self, info: Info, input: Annotated[ShedFeederInput, strawberry.argument(description="The order.")]
    ) -> ShedFeederResult:
        """Shed a feeder."""
        energy = await EnergyServices.of(info.context).charging.shed(
            database_id(input.station_id, Station),
            input.limit_kw,
            input.until,
            input.reason,
            info.context.signed_in().user_id,
        )
        return StationEnergy.of(energy)

    @strawberry.mutation(
        description="Report what the meter of a station read; its energy is priced by the tariff.",
        extensions=roles(*OPERATORS),
    )
    async def report_meter(
        self, info: Info, input: Annotated[ReportMeterInput, strawberry.argument(description="The readings.")]
    ) -> ReportMeterResult:
        """Report a meter."""
        energy = await EnergyServices.of(info.context).meters.report(
            database_id(input.station_id, Station),
            [Reading(reading.start, reading.end, reading.kwh) for reading in input.readings],
        )
        return StationEnergy.of(energy)


@strawberry.type
class EnergySubscription:
    """Subscriptions of the energy slice."""

    @strawberry.subscription(
        description="The energy of a station, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    async def energy_changed(
        self, info: Info, station_id: StationId, after: AfterCursor = None
    ) -> AsyncGenerator[StationEnergyChange, None]:
        """Watch the energy of a station."""
        key = database_id(station_id, Station)
        service = EnergyServices.of(info.context).charging
        streams = frozenset({energy_stream(key)})
        async for moment in live(
            info.context, "energyChanged", streams, lambda: service.load_live(key), after
        ):
            if isinstance(moment, SnapshotMoment):
                yield EnergySnapshot(cursor=moment.cursor, energy=StationEnergy.of(moment.state))
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                change = EnergyChange.model_validate(moment.envelope.payload)
                yield EnergyUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, energy=StationEnergy.of(change)
                )
