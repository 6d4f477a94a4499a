"""Which changes of packs may break holds, reported to where they are moved."""

from collections.abc import Iterable

from navswap.features.packs.domain.custody import may_break_hold
from navswap.features.packs.domain.values import Pack
from navswap.features.stations.service import BrokenHolds
from navswap.infra.mongo import Session
from navswap.kit.lifecycle import Transition


def look_after(changes: Iterable[Transition[Pack]], broken_holds: BrokenHolds, session: Session) -> None:
    """Have the holds moved that changes of packs may have broken."""
    for change in changes:
        if change.before is not None and may_break_hold(change.before, change.after):
            broken_holds.look_at(change.before.place.holder_id, session)
