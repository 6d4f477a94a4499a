"""What comes back in a visit, and into which slots it goes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from navswap.features.swapping.domain.values import EntryState, QueueEntry, ReturnedPack, Swap, SwappedPack
from navswap.features.swapping.errors import (
    AlreadyQueuedError,
    NoChargedPackError,
    ReturnPackMissingError,
    SwapCompletedOtherwiseError,
    SwapUnderWayError,
)
from navswap.kit.errors import InvalidInputError
from navswap.kit.slots import require_slot


def require_no_visit(active: QueueEntry | None) -> None:
    """Raise AlreadyQueuedError or SwapUnderWayError where packs for the present vehicle are held for its rider."""
    if active is None:
        return
    if active.state is EntryState.VERIFIED:
        raise SwapUnderWayError("A swap for the present vehicle is under way; finish it first.")
    raise AlreadyQueuedError("Packs for the present vehicle are held; cancel that hold first.")


def can_be_handed_out(wanted: int, good: int, free: int) -> bool:
    """Return whether a visit can have all its packs: the `good` ones that are held for it, and free ones for the rest."""
    return good + free >= wanted


def packs_to_replace(wanted: int, good: int, free: int) -> int:
    """Return how many of the held packs are no longer as promised and are replaced by free ones.

    `good` are those that still are. Raises NoChargedPackError unless all can be replaced.
    """
    if not can_be_handed_out(wanted, good, free):
        raise NoChargedPackError(good + free, wanted)
    return wanted - good


def require_same_returns(swap: Swap, returned: Sequence[ReturnedPack]) -> None:
    """Raise SwapCompletedOtherwiseError unless a repeated request names what came back in a swap; a charge may differ."""
    came_back = {pack.serial_number: pack.evse_id for pack in swap.packs_in}
    is_same = len(returned) == len(came_back) and all(
        (pack.serial_number is None or pack.serial_number in came_back)
        and (pack.evse_id is None or pack.evse_id in _slots_of(pack, came_back))
        for pack in returned
    )
    if not is_same:
        raise SwapCompletedOtherwiseError(
            f"This swap was completed with {', '.join(came_back) or 'no pack'} coming back."
        )


def _slots_of(pack: ReturnedPack, came_back: Mapping[str, int]) -> Collection[int]:
    return came_back.values() if pack.serial_number is None else [came_back[pack.serial_number]]


def identify_returns(of_rider: Collection[str], returned: Sequence[ReturnedPack]) -> dict[str, ReturnedPack]:
    """Return the packs that come back by serial number; all that the rider rides with must.

    A pack without a serial number is the one pack of the rider that no other return names. One that the rider does not
    have is left to the exchange, which refuses it and says why: it was mis-scanned.

    Raises ReturnPackMissingError, and InvalidInputError for a pack named twice or one that could be several.
    """
    named = [pack.serial_number for pack in returned if pack.serial_number is not None]
    if len(set(named)) < len(named):
        raise InvalidInputError("returned_packs", "A pack is named twice; scan each once.")
    remaining = sorted(set(of_rider) - set(named))
    unnamed = [number for number, pack in enumerate(returned) if pack.serial_number is None]
    if len(unnamed) > min(1, len(remaining)):
        raise _ambiguous(unnamed[-1], remaining)
    missing = len(remaining) - len(unnamed)
    if missing and set(named) <= set(of_rider):
        raise ReturnPackMissingError(
            f"The rider has {len(of_rider)} of the network's packs, and {missing} of them "
            f"{'was' if missing == 1 else 'were'} not scanned; scan each and put it into a slot first."
        )
    if missing and unnamed:
        raise _ambiguous(unnamed[0], remaining)
    return {remaining[0] if pack.serial_number is None else pack.serial_number: pack for pack in returned}


def _ambiguous(number: int, remaining: Sequence[str]) -> InvalidInputError:
    could_be = (
        f"it could be {' or '.join(remaining)}" if remaining else "the rider has no pack but those named"
    )
    return InvalidInputError(
        f"returned_packs[{number}].serial_number", f"Which pack is this? Scan it: {could_be}."
    )


def assign_slots(
    returned: Mapping[str, ReturnedPack], freed: Iterable[int], slot_count: int
) -> list[SwappedPack]:
    """Return the packs each with its slot: those that name none go, in order, where packs were handed out.

    Raises InvalidInputError for a slot beyond the `slot_count` of the station, and for more packs than slots are known
    for.
    """
    for number, pack in enumerate(returned.values()):
        require_slot(f"returned_packs[{number}].evse_id", pack.evse_id, slot_count)
    named = {pack.evse_id for pack in returned.values()}
    unused = iter([evse_id for evse_id in freed if evse_id not in named])
    return [
        SwappedPack(
            serial_number,
            pack.evse_id if pack.evse_id is not None else _next_slot(unused, number),
            pack.soc_percent,
        )
        for number, (serial_number, pack) in enumerate(returned.items())
    ]


def _next_slot(unused: Iterator[int], number: int) -> int:
    try:
        return next(unused)
    except StopIteration:
        raise InvalidInputError(
            f"returned_packs[{number}].evse_id",
            "More packs come back than go out; name the slot of this one.",
        ) from None
