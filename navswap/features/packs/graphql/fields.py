"""The fields that packs join to the types of stations and users."""

from collections.abc import Mapping

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.packs.graphql.types import Pack, PackModel, load_model
from navswap.features.packs.service import Pack as StoredPack
from navswap.features.packs.service import PacksServices
from navswap.features.stations.graphql import ModelStock, Slot, load_station
from navswap.features.users.graphql import User, Vehicle
from navswap.graphql.context import Context, Info
from navswap.graphql.extending import extends
from navswap.graphql.permissions import roles


@extends(Slot)
class SlotPacks:
    """What packs know of a slot."""

    @strawberry.field(
        description="The pack in it; null where it is empty. An error, and null, for those who may not see the operation.",
        extensions=roles(*OVERSEERS),
    )
    async def pack(self, info: Info, slot: strawberry.Parent[Slot]) -> Pack | None:
        """Load the packs of the station with those of the other stations."""
        pack = (await _load_slots(info.context, slot.station_key)).get(slot.evse_id)
        return None if pack is None else Pack.of(pack)

    @strawberry.field(description="The one model of packs that it takes.")
    async def pack_model(self, info: Info, slot: strawberry.Parent[Slot]) -> PackModel:
        """Load the model."""
        station = await load_station(info.context, slot.station_key)
        return await load_model(info.context, station.information.model_of_slot(slot.evse_id))


@extends(ModelStock)
class ModelOfStock:
    """What packs know of a part of the stock."""

    @strawberry.field(description="The model that is counted.")
    async def pack_model(self, info: Info, part: strawberry.Parent[ModelStock]) -> PackModel:
        """Load the model."""
        return await load_model(info.context, part.pack_model_key)


@extends(Vehicle)
class VehiclePacks:
    """What packs know of a vehicle."""

    @strawberry.field(description="The one model of packs that it takes.")
    async def pack_model(self, info: Info, vehicle: strawberry.Parent[Vehicle]) -> PackModel:
        """Load the model."""
        return await load_model(info.context, vehicle.pack_model_key)


@extends(User)
class RiderPacks:
    """What packs know of a user."""

    @strawberry.field(
        description="The packs that a rider rides with, by serial number: those to hand in at the next swap. Empty for "
        "other roles."
    )
    async def packs(self, info: Info, user: strawberry.Parent[User]) -> list[Pack]:
        """Load the packs with those of the other users."""

        async def load(rider_ids: list[str]) -> list[tuple[StoredPack, ...]]:
            found = await PacksServices.of(info.context).reader.list_with_riders(rider_ids)
            return [found[rider_id] for rider_id in rider_ids]

        packs = await info.context.loader("rider-packs", load).load(str(user.id))
        return [Pack.of(pack) for pack in packs]


async def _load_slots(context: Context, station_id: str) -> Mapping[int | None, StoredPack]:
    """Return the packs of a station by slot, read with those of the other stations of an answer."""

    async def load(station_ids: list[str]) -> list[Mapping[int | None, StoredPack]]:
        found = await PacksServices.of(context).reader.list_at_stations(station_ids)
        return [{pack.place.evse_id: pack for pack in found[each]} for each in station_ids]

    return await context.loader("slot-packs", load).load(station_id)
