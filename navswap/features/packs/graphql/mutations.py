"""Mutations of the packs slice."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.packs.graphql.types import PackModel
from navswap.features.packs.service import PacksServices, described_model
from navswap.graphql.context import Info
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput
from navswap.graphql.scalars import KilowattHours, Kilowatts
from navswap.kit.charging import PackModel as StoredModel


@strawberry.input(description="A pack model.")
class SavePackModelInput:
    """The input of savePackModel."""

    designation: str = strawberry.field(
        description="Type designation by which it is known, 1 to 50 letters, digits, hyphens or underscores; not that of the "
        "standard model."
    )
    capacity: KilowattHours = strawberry.field(
        description="Energy in a new full pack, above 0 and at most 20 kWh."
    )
    voltage_class_volts: int = strawberry.field(description="Nominal voltage in volts, 1 to 1,000.")
    max_charge_power: Kilowatts = strawberry.field(
        description="Most power that it takes from the feeder, above 0 and at most 50 kW."
    )
    connector: str = strawberry.field(description="Its plug, by name; 1 to 50 characters.")

    def to_model(self) -> StoredModel:
        """Return the model; raises InvalidInputError."""
        return described_model(
            self.designation, self.capacity, self.voltage_class_volts, self.max_charge_power, self.connector
        )


@strawberry.type(description="The model is in the register.")
class SavePackModelPayload:
    """The answer of savePackModel."""

    pack_model: PackModel = strawberry.field(description="The model as it is now.")


SavePackModelResult = Annotated[
    SavePackModelPayload | InvalidInput,
    strawberry.union("SavePackModelResult", description="The model, or why it is not saved."),
]


@strawberry.type
class PacksMutation:
    """Mutations of the packs slice."""

    @strawberry.mutation(
        description="Register a pack model, or change the one with its designation. The same again changes nothing. "
        "Written to auditLog.",
        extensions=roles(Role.ADMIN),
    )
    async def save_pack_model(
        self, info: Info, input: Annotated[SavePackModelInput, strawberry.argument(description="The model.")]
    ) -> SavePackModelResult:
        """Save a model."""
        model = await PacksServices.of(info.context).models.save(input.to_model(), info.context.signed_in())
        return SavePackModelPayload(pack_model=PackModel.of(model))
