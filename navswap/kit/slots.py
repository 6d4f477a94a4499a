"""Slot numbers: a station has slots from 1 to its slot count."""

from navswap.kit.errors import InvalidInputError


def require_slot(field: str, evse_id: int | None, slot_count: int) -> None:
    """Raise InvalidInputError for a field that names a slot which a station does not have; None names none."""
    if evse_id is not None and not 1 <= evse_id <= slot_count:
        raise InvalidInputError(
            field, f"This station has no slot {evse_id}; its slots are 1 to {slot_count}."
        )
