"""Which slots delivered packs go into."""

from collections.abc import Iterable, Sequence


def assign_slots(wanted: Sequence[int | None], free: Iterable[int]) -> list[int | None]:
    """Return the slot of each pack: the one that was named, else the lowest free one; None where there is none.

    A named slot that is not free, or was named before, gives None; nobody else is given a named slot.
    """
    left = set(free)
    chosen: list[int | None] = []
    for slot in wanted:
        chosen.append(slot if slot in left else None)
        left.discard(slot or 0)
    rest = iter(sorted(left))
    return [next(rest, None) if slot is None else taken for slot, taken in zip(wanted, chosen, strict=True)]
