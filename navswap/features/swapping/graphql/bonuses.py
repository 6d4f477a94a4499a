"""The bonus for empty packs at the edge."""

from dataclasses import asdict
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.features.stations.graphql import Station
from navswap.features.swapping.service import BonusQuote, SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id, relay_id
from navswap.graphql.permissions import public


@strawberry.type(
    description="What a rider earns by bringing an empty pack to a station, and the stock that prices it. A hold keeps "
    "the bonus of the moment it is given."
)
class ReverseSwapBonus:
    """A quote as clients see it."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    credits: int = strawberry.field(
        description="Credits for a returned pack of at most 50 % charge, 0 to 2,000 in steps of 100; one is a hundredth "
        "of the currency unit."
    )
    free_packs: int = strawberry.field(
        description="Charged packs that nobody holds, at least 0; below 3 there is no bonus."
    )
    charging_packs: int = strawberry.field(description="Packs that charge; at least 0.")
    empty_slots: int = strawberry.field(description="Available slots without a pack; at least 0.")

    @classmethod
    def of(cls, station_id: str, quote: BonusQuote) -> Self:
        """Build the view of a quote."""
        return cls(station_id=relay_id(Station, station_id), **asdict(quote))


@strawberry.type
class BonusQuery:
    """The query for bonuses."""

    @strawberry.field(
        description="What bringing an empty pack to a station earns now; null when there is no such station.",
        extensions=public(),
    )
    async def reverse_swap_bonus(
        self,
        info: Info,
        station_id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the station.")],
    ) -> ReverseSwapBonus | None:
        """Quote a bonus."""
        key = database_id(station_id, Station)
        quote = await SwappingServices.of(info.context).queues.find_bonus(key)
        return None if quote is None else ReverseSwapBonus.of(key, quote)
