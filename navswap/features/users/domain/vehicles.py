"""The register of vehicles: one for each rider."""

from dataclasses import dataclass, replace

from navswap.features.users.domain.values import MOST_PACKS, Vehicle
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged

MAX_NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class VehicleDescription:
    """What a vehicle is; raises InvalidInputError for a name or a number of packs out of bounds."""

    name: str
    pack_model_id: str = STANDARD_PACK.id
    pack_count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= MAX_NAME_CHARACTERS:
            raise InvalidInputError("name", f"The name has 1 to {MAX_NAME_CHARACTERS} characters.")
        if not 1 <= self.pack_count <= MOST_PACKS:
            raise InvalidInputError("pack_count", f"A vehicle takes 1 to {MOST_PACKS} packs.")


def save(
    known: Vehicle | None, vehicle_id: str, rider_id: str, described: VehicleDescription
) -> Transition[Vehicle]:
    """Register the vehicle of a rider in place of the one known; the same again changes nothing."""
    if known is None:
        return Transition(None, _as_described(Vehicle(vehicle_id, rider_id, ""), described))
    saved = _as_described(known, described)
    if saved == known:
        return unchanged(known)
    return Transition(known, replace(saved, revision=known.revision + 1))


def _as_described(vehicle: Vehicle, described: VehicleDescription) -> Vehicle:
    return replace(
        vehicle,
        name=described.name.strip(),
        pack_model_id=described.pack_model_id,
        pack_count=described.pack_count,
    )
