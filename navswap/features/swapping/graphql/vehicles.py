"""The mutation that registers what a rider rides."""

from typing import Annotated

import strawberry

from navswap.auth.principal import NotAllowedError
from navswap.auth.roles import Role
from navswap.features.packs.errors import PackModelNotFoundError
from navswap.features.packs.graphql import PackModel
from navswap.features.swapping import errors
from navswap.features.swapping.service import SwappingServices
from navswap.features.users.errors import RiderNotFoundError
from navswap.features.users.graphql import User, Vehicle
from navswap.features.users.service import VehicleDescription
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.kit.charging import STANDARD_PACK


@strawberry.input(description="What a rider rides.")
class SaveVehicleInput:
    """The input of saveVehicle."""

    name: str = strawberry.field(description="Name for display, 1 to 100 characters.")
    rider_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the rider; yourself if left out. Others for ADMIN only."
    )
    pack_model_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the model of its packs; the standard model if left out."
    )
    pack_count: int = strawberry.field(default=1, description="How many packs it takes, 1 to 4.")

    def to_description(self) -> VehicleDescription:
        """Return the vehicle; raises InvalidInputError."""
        if self.pack_model_id is None:
            return VehicleDescription(self.name, STANDARD_PACK.id, self.pack_count)
        model_id = database_id(self.pack_model_id, PackModel, "pack_model_id")
        return VehicleDescription(self.name, model_id, self.pack_count)


@strawberry.type(description="The vehicle is registered.")
class SaveVehiclePayload:
    """The answer of saveVehicle."""

    vehicle: Vehicle = strawberry.field(description="The vehicle as it is now.")


SaveVehicleResult = Annotated[
    SaveVehiclePayload
    | InvalidInput
    | Refused[RiderNotFoundError]
    | Refused[PackModelNotFoundError]
    | Refused[errors.AlreadyQueuedError]
    | Refused[errors.SwapUnderWayError],
    strawberry.union("SaveVehicleResult", description="The vehicle, or why it is not saved."),
]


@strawberry.type
class VehicleMutation:
    """The mutation of vehicles; it is of this slice because a vehicle stays as it is during a visit."""

    @strawberry.mutation(
        description="Register what a rider rides, in place of the vehicle before; not while packs are held for the rider. The "
        "same again changes nothing. Written to auditLog.",
        extensions=roles(Role.CONSUMER, Role.ADMIN),
    )
    async def save_vehicle(
        self, info: Info, input: Annotated[SaveVehicleInput, strawberry.argument(description="The vehicle.")]
    ) -> SaveVehicleResult:
        """Save a vehicle."""
        by = info.context.signed_in()
        rider_id = by.user_id if input.rider_id is None else database_id(input.rider_id, User, "rider_id")
        if rider_id != by.user_id and by.role is not Role.ADMIN:
            raise NotAllowedError("You may register your own vehicle only; leave `riderId` out.")
        saved = await SwappingServices.of(info.context).riders.save_vehicle(
            rider_id, input.to_description(), by
        )
        return SaveVehiclePayload(vehicle=Vehicle.of(saved))
