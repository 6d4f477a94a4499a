"""Where a slice that holds packs for riders takes over, once a held pack is no longer what was promised.

Whatever changes a pack (a measurement, a fault, an order, a person who takes it away) reports the station here; the
slice that gave the hold moves it before the same transaction commits.
"""

from collections.abc import Iterable
from typing import Protocol

from navswap.features.packs.domain.custody import may_break_hold
from navswap.features.packs.domain.values import Pack
from navswap.infra.mongo import Session, do_before_commit
from navswap.kit.lifecycle import Transition


class HoldMover(Protocol):
    """Moves holds; implemented by the slice that gives them."""

    async def reassign_broken_holds(
        self, station_id: str, session: Session, *, fault_id: str | None = None
    ) -> object:
        """Move or end the holds at a station that can no longer be kept; `fault_id` is the fault that broke them."""
        ...


class BrokenHolds:
    """Has the holds of a station looked at before the transaction commits; the services of a process share one."""

    def __init__(self) -> None:
        self._mover: HoldMover | None = None

    def are_moved_by(self, mover: HoldMover) -> None:
        """Say who moves holds; called once, when the slices are composed."""
        self._mover = mover

    def look_after(self, changes: Iterable[Transition[Pack]], session: Session) -> None:
        """Have the holds moved that changes of packs may have broken."""
        for change in changes:
            if change.before is not None and may_break_hold(change.before, change.after):
                self.look_at(change.before.place.holder_id, session)

    def look_at(self, station_id: str, session: Session, *, fault_id: str | None = None) -> None:
        """Have the holds at a station moved that can no longer be kept, once all else in the transaction is done.

        Of several calls for a station the first counts. Where no slice gives holds, nothing is done.
        """
        mover = self._mover
        if mover is None:
            return

        async def move(session: Session) -> None:
            await mover.reassign_broken_holds(station_id, session, fault_id=fault_id)

        do_before_commit(f"move the holds of {station_id}", move, session)
