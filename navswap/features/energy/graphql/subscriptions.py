"""The subscription of the energy slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.energy.events import EnergyChanged, energy_stream
from navswap.features.energy.graphql.types import StationEnergy
from navswap.features.energy.service import EnergyServices
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles


@strawberry.type(description="The energy of the station when the subscription begins.")
class EnergySnapshot(StreamMoment):
    """The first message of energyChanged."""

    energy: StationEnergy = strawberry.field(description="The energy as it is.")


@strawberry.type(
    description="The energy of the station changed: a new plan, other powers, a reading, or a derated charger."
)
class EnergyUpdate(StreamMoment):
    """A later message of energyChanged."""

    energy: StationEnergy = strawberry.field(description="The energy as it is now.")


EnergyChange = Annotated[
    EnergySnapshot | EnergyUpdate | Resync,
    strawberry.union("EnergyChange", description="A message of energyChanged."),
]


@strawberry.type
class EnergySubscription:
    """Subscriptions of the energy slice."""

    @strawberry.subscription(
        description="The energy of a station, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    def energy_changed(
        self,
        info: Info,
        station_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the station.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[EnergyChange, None]:
        """Watch the energy of a station."""
        key = database_id(station_id, Station, "station_id")
        service = EnergyServices.of(info.context).stations
        return stream(
            info,
            [energy_stream(key)],
            lambda: service.load_live(key),
            after,
            event=EnergyChanged,
            snapshot=lambda station, at: EnergySnapshot(**at, energy=StationEnergy.of(station)),
            update=lambda changed, at: EnergyUpdate(**at, energy=StationEnergy.of(changed.station)),
            is_shared=True,
        )
