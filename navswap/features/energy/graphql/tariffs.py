"""Tariffs and supplies at the edge: the query, the mutations, and their refusals."""

from typing import Annotated, Any

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS, Role
from navswap.features.energy import errors
from navswap.features.energy.graphql.types import BadFeederLimit, Tariff
from navswap.features.energy.rules import DayKind
from navswap.features.energy.service import EnergyServices
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import Refusal, refusal


@refusal(errors.BadTariffError)
class BadTariff(Refusal):
    """The tariff is impossible."""


@refusal(errors.TariffNotFoundError)
class TariffNotFound(Refusal):
    """There is no such tariff."""


SaveTariffResult = Annotated[
    Tariff | BadTariff,
    strawberry.union("SaveTariffResult", description="The tariff, or why it was not saved."),
]
SetStationSupplyResult = Annotated[
    Station | StationNotFound | TariffNotFound | BadFeederLimit | BadId,
    strawberry.union("SetStationSupplyResult", description="The station, or why its supply stays."),
]


@strawberry.input(description="A price of a span of hours on one kind of day.")
class PricePeriodInput:
    """A period as clients give it."""

    days: DayKind = strawberry.field(description="The days that it holds on.")
    start_hour: int = strawberry.field(description="First local hour, 0 to 23.")
    end_hour: int = strawberry.field(description="Local hour that it ends before, 1 to 24.")
    price_per_kwh: float = strawberry.field(description="In the currency of the tariff, above 0.")


@strawberry.input(description="What energy costs when.")
class SaveTariffInput:
    """The input of saveTariff."""

    tariff_id: str = strawberry.field(
        description="Your name of it, 1 to 50 letters, digits, hyphens or underscores; one that there is is replaced."
    )
    name: str = strawberry.field(description="Name for display, 1 to 120 characters.")
    time_zone: str = strawberry.field(description="IANA time zone of its hours.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    demand_charge_per_kw_month: float = strawberry.field(
        default=0.0, description="Price of the highest kW of a month; at least 0."
    )
    periods: list[PricePeriodInput] = strawberry.field(
        description="Every hour of both kinds of day belongs to exactly one of them."
    )

    def to_values(self) -> dict[str, Any]:
        """Return what is to be stored."""
        return {
            "id": self.tariff_id,
            "name": self.name,
            "time_zone": self.time_zone,
            "currency": self.currency,
            "demand_charge_per_kw_month": self.demand_charge_per_kw_month,
            "periods": [
                {
                    "days": one.days,
                    "start_hour": one.start_hour,
                    "end_hour": one.end_hour,
                    "price_per_kwh": one.price_per_kwh,
                }
                for one in self.periods
            ],
        }


@strawberry.input(description="By which tariff a station buys its energy, and what its feeder gives.")
class SetStationSupplyInput:
    """The input of setStationSupply."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    tariff_id: str | None = strawberry.field(
        default=None,
        description="The tariffId of a saved tariff; left out: none, every hour counts the same.",
    )
    feeder_limit_kw: float | None = strawberry.field(
        default=None, description="Most power of the feeder, above 0 to 1,000 kW; left out: nobody knows."
    )


@strawberry.type
class TariffsQuery:
    """Queries of tariffs."""

    @strawberry.field(description="All tariffs, by their tariffId.", extensions=roles(*OVERSEERS))
    async def tariffs(self, info: Info) -> list[Tariff]:
        """List tariffs."""
        return [Tariff.of(tariff) for tariff in await EnergyServices.of(info.context).tariffs.list_all()]


@strawberry.type
class TariffsMutation:
    """Mutations of tariffs and supplies."""

    @strawberry.mutation(
        description="Save a tariff by time of use; charging is planned by it from the next plan on. Saving the same "
        "again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_tariff(
        self, info: Info, input: Annotated[SaveTariffInput, strawberry.argument(description="The tariff.")]
    ) -> SaveTariffResult:
        """Save a tariff."""
        service = EnergyServices.of(info.context).tariffs
        return Tariff.of(await service.replace(input.to_values(), info.context.signed_in()))

    @strawberry.mutation(
        description="Say by which tariff a station buys its energy and what its feeder gives; its charging is planned "
        "anew at once. The same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def set_station_supply(
        self,
        info: Info,
        input: Annotated[SetStationSupplyInput, strawberry.argument(description="The supply.")],
    ) -> SetStationSupplyResult:
        """Set the supply of a station."""
        station = await EnergyServices.of(info.context).tariffs.set_supply(
            database_id(input.station_id, Station),
            input.tariff_id,
            input.feeder_limit_kw,
            info.context.signed_in(),
        )
        return Station.of(station)
