"""The register of pack models; the standard model is always in it and never changes."""

import re
from dataclasses import dataclass

from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.values import replace

DESIGNATION = re.compile(r"[A-Za-z0-9_-]{1,50}")
MAX_CAPACITY_KWH = 20.0
MAX_VOLTAGE_CLASS = 1000
MAX_CHARGE_KW = 50.0
MAX_CONNECTOR_CHARACTERS = 50


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A pack model that the network has beside the standard one; its id is that of the model."""

    id: str
    model: PackModel
    revision: int = 1


def register(known: RegisteredModel | None, model: PackModel) -> Transition[RegisteredModel]:
    """Register a model in place of the one known under its id; the same again changes nothing.

    Raises InvalidInputError for the standard model.
    """
    if model.id == STANDARD_PACK.id:
        raise InvalidInputError("designation", f"{model.id} is the standard model, which never changes.")
    if known is None:
        return Transition(None, RegisteredModel(model.id, model))
    if known.model == model:
        return unchanged(known)
    return Transition(known, replace(known, model=model, revision=known.revision + 1))


def described_model(
    designation: str, capacity_kwh: float, voltage_class: int, max_charge_kw: float, connector: str
) -> PackModel:
    """Return the model that a user describes; raises InvalidInputError for a value out of bounds."""
    if not DESIGNATION.fullmatch(designation):
        raise InvalidInputError(
            "designation", "A designation has 1 to 50 letters, digits, hyphens or underscores."
        )
    if not 0 < capacity_kwh <= MAX_CAPACITY_KWH:
        raise InvalidInputError("capacity", f"A capacity is above 0 and at most {MAX_CAPACITY_KWH:g} kWh.")
    if not 1 <= voltage_class <= MAX_VOLTAGE_CLASS:
        raise InvalidInputError("voltage_class_volts", f"A voltage class is 1 to {MAX_VOLTAGE_CLASS} volts.")
    if not 0 < max_charge_kw <= MAX_CHARGE_KW:
        raise InvalidInputError(
            "max_charge_power", f"A charge power is above 0 and at most {MAX_CHARGE_KW:g} kW."
        )
    if not 1 <= len(connector) <= MAX_CONNECTOR_CHARACTERS:
        raise InvalidInputError(
            "connector", f"The name of a connector has 1 to {MAX_CONNECTOR_CHARACTERS} characters."
        )
    return PackModel(designation, capacity_kwh, voltage_class, max_charge_kw, connector)
