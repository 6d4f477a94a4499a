"""What can be asked of energy: the fields that it joins to Station, and the tariffs."""

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.energy.graphql.types import StationEnergy, Tariff
from navswap.features.energy.service import EnergyServices
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.extending import extends
from navswap.graphql.nodes import find_node
from navswap.graphql.permissions import roles


@extends(Station)
class StationEnergyFields:
    """The fields that are joined to a station."""

    @strawberry.field(
        description="What it may draw, what it draws, and how it charges; null before its first charging plan. An error, "
        "and null, for others.",
        extensions=roles(*OVERSEERS),
    )
    async def energy(self, info: Info, station: strawberry.Parent[Station]) -> StationEnergy | None:
        """Load the energy with that of the other stations."""

        async def load(ids: list[str]) -> list[StationEnergy | None]:
            found = await EnergyServices.of(info.context).stations.list_by_ids(ids)
            return [StationEnergy.of(found[key]) if key in found else None for key in ids]

        return await info.context.loader("station-energy", load).load(str(station.id))

    @strawberry.field(
        description="The tariff that it buys its energy by; null where it has none. An error, and null, for others.",
        extensions=roles(*OVERSEERS),
    )
    async def tariff(self, info: Info, station: strawberry.Parent[Station]) -> Tariff | None:
        """Load the tariff with those of the other stations."""
        return None if station.tariff_id is None else await find_node(info.context, Tariff, station.tariff_id)


@strawberry.type
class EnergyQuery:
    """Queries of the energy slice."""

    @strawberry.field(description="All tariffs, by their key.", extensions=roles(*OVERSEERS))
    async def tariffs(self, info: Info) -> list[Tariff] | None:
        """List tariffs."""
        return [Tariff.of(tariff) for tariff in await EnergyServices.of(info.context).tariffs.list_all()]
