"""The fields that swapping joins to a station: its queue, and what empty packs earn there."""

from dataclasses import asdict
from typing import Self

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.stations.graphql import Station
from navswap.features.swapping.graphql.types import Queue, need_of_client
from navswap.features.swapping.service import BonusQuote, SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.extending import extends
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt


@strawberry.type(
    description="What a rider earns by bringing an empty pack to a station, and the stock of the rider's pack model that "
    "prices it. A hold keeps the bonus of the time at which it is given."
)
class ReverseSwapBonus:
    """A quote as clients see it."""

    credits: int = strawberry.field(
        description="Credits for a returned pack of at most 50 % charge, 0 to 2,000 in steps of 100; one is a hundredth "
        "of the currency unit."
    )
    free_packs: NonNegativeInt = strawberry.field(
        description="Charged packs that are not held; below 3 there is no bonus."
    )
    charging_packs: NonNegativeInt = strawberry.field(description="Packs that charge.")
    empty_slots: NonNegativeInt = strawberry.field(description="Available slots without a pack.")

    @classmethod
    def of(cls, quote: BonusQuote) -> Self:
        """Build the view of a quote."""
        return cls(**asdict(quote))


@extends(Station)
class StationSwapping:
    """The fields that are joined to a station."""

    @strawberry.field(
        description="Its queue; an error, and null, for those who may not see the operation.",
        extensions=roles(*OVERSEERS),
    )
    async def queue(self, info: Info, station: strawberry.Parent[Station]) -> Queue | None:
        """Load the queue with those of the other stations."""

        async def load(station_ids: list[str]) -> list[Queue]:
            found = await SwappingServices.of(info.context).queues.list_queues(station_ids)
            return [Queue.of(found[station_id]) for station_id in station_ids]

        return await info.context.loader("station-queues", load).load(str(station.id))

    @strawberry.field(
        description="What bringing an empty pack earns here now: of the model that the signed-in rider's vehicle takes, else "
        "of the standard model."
    )
    async def bonus(self, info: Info, station: strawberry.Parent[Station]) -> ReverseSwapBonus:
        """Quote the bonus with those of the other stations."""

        async def load(station_ids: list[str]) -> list[ReverseSwapBonus]:
            need = await need_of_client(info.context)
            queues = SwappingServices.of(info.context).queues
            found = await queues.list_bonuses(station_ids, need.pack_model.id)
            return [ReverseSwapBonus.of(found[station_id]) for station_id in station_ids]

        return await info.context.loader("station-bonuses", load).load(str(station.id))
