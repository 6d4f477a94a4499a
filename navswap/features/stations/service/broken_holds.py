"""Where a slice that holds packs for riders takes over, once what was promised at a station may no longer be kept.

Whatever changes a station, its packs or their charging reports it here; the slice that gave the holds moves them before
the same transaction commits. They are few: a hold has a pack in a slot of the station.
"""

from typing import Protocol

from navswap.infra.mongo import Session, do_before_commit


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
