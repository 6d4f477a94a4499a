"""Orders about many packs: which packs may be meant, and the life of an order.

The packs are chosen once, when the order is given; it is carried out in several steps, and a repeated request goes on
with those packs and no others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.units import Count

MOST_PACKS = 500
"""Most packs of one order, and most that a selection names."""


class FleetAction(StrEnum):
    """What an order does with packs."""

    RETIRE = "RETIRE"
    RECALL = "RECALL"
    RELEASE = "RELEASE"


@dataclass(frozen=True, slots=True)
class PackSelection:
    """Which packs are meant; everything given must hold.

    Raises InvalidInputError for a value that no pack can have, and where the whole fleet would be meant.
    """

    serial_numbers: tuple[str, ...] = ()
    soh_below_percent: float | None = None
    cycles_above: int | None = None
    station_id: str | None = None
    condition: str | None = None

    def __post_init__(self) -> None:
        if len(self.serial_numbers) > MOST_PACKS:
            raise InvalidInputError("serial_numbers", f"Name at most {MOST_PACKS} serial numbers.")
        if self.soh_below_percent is not None and not 0 < self.soh_below_percent <= 100:
            raise InvalidInputError("soh_below_percent", "A state of health is above 0 and at most 100 %.")
        if self.cycles_above is not None and self.cycles_above < 0:
            raise InvalidInputError("cycles_above", "Cycles are at least 0.")
        narrowing = (self.serial_numbers or None, self.soh_below_percent, self.cycles_above, self.station_id)
        if narrowing == (None,) * 4 and self.condition in {None, "FIT"}:
            raise InvalidInputError("", "Say which packs more narrowly: this would mean the whole fleet.")


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """What is to be done with which packs, at most `limit` of them, and why; raises InvalidInputError for the limit."""

    action: FleetAction
    packs: PackSelection
    reason: str
    limit: int = MOST_PACKS

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_PACKS:
            raise InvalidInputError("limit", f"Change 1 to {MOST_PACKS} packs at once.")


@dataclass(frozen=True, slots=True)
class FleetOrder:
    """What an administrator ordered to do with packs, and with which of them it was done."""

    id: str
    action: FleetAction
    reason: str
    ordered_by: str
    ordered_at: datetime
    matched_packs: Count
    """Packs that the selection meant then."""
    chosen: tuple[str, ...]
    """Serial numbers of those to change."""
    changed: tuple[str, ...] = ()
    """Those of them that were changed."""
    held: tuple[str, ...] = ()
    """Those of them that were held for a rider."""
    revision: int = 1

    @property
    def remaining(self) -> list[str]:
        """Return the chosen packs that were not changed yet."""
        changed = set(self.changed)
        return [serial_number for serial_number in self.chosen if serial_number not in changed]


def record_changes(order: FleetOrder, changed: Sequence[str], held: Sequence[str]) -> Transition[FleetOrder]:
    """Record the packs that a step changed, and those of them that a rider had a hold of; none changes nothing."""
    if not changed:
        return unchanged(order)
    return Transition(
        order,
        replace(
            order,
            changed=(*order.changed, *changed),
            held=(*order.held, *held),
            revision=order.revision + 1,
        ),
    )
