"""What comes back in a visit, and into which slots it goes."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from navswap.features.swapping.domain.values import ReturnedPack
from navswap.features.swapping.errors import ReturnPackMissingError
from navswap.kit.errors import InvalidInputError


def require_returns(of_rider: Collection[str], returned: Iterable[ReturnedPack]) -> None:
    """Raise ReturnPackMissingError unless all packs that the rider rides with come back.

    A pack that the rider does not have is left to the exchange, which refuses it and says why: it was mis-scanned.
    """
    scanned = {pack.serial_number for pack in returned}
    missing, strange = set(of_rider) - scanned, scanned - set(of_rider)
    if missing and not strange:
        raise ReturnPackMissingError(
            f"The rider has {len(of_rider)} of the network's packs, and {len(missing)} of them were not scanned; "
            "scan each and put it into a slot first."
        )


def assign_slots(returned: Sequence[ReturnedPack], freed: Iterable[int]) -> list[tuple[ReturnedPack, int]]:
    """Return the packs each with its slot: those that name none go, in order, where packs were handed out.

    Raises InvalidInputError for a pack named twice, and for more packs than slots are known for.
    """
    if len({pack.serial_number for pack in returned}) < len(returned):
        raise InvalidInputError("returned_packs", "A pack is named twice; scan each once.")
    named = {pack.evse_id for pack in returned}
    unused = iter([evse_id for evse_id in freed if evse_id not in named])
    return [
        (pack, pack.evse_id if pack.evse_id is not None else _next_slot(unused, number))
        for number, pack in enumerate(returned)
    ]


def _next_slot(unused: Iterator[int], number: int) -> int:
    try:
        return next(unused)
    except StopIteration:
        raise InvalidInputError(
            f"returned_packs[{number}].evse_id",
            "More packs come back than go out; name the slot of this one.",
        ) from None
