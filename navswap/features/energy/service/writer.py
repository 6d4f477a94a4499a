"""The energy of stations, stored with what it publishes, and with who ordered it."""

from collections.abc import Sequence
from typing import Any

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditedChange, AuditLog
from navswap.events.outbox import Outbox
from navswap.features.energy.domain.readiness import may_break_holds
from navswap.features.energy.domain.values import EnergyStation, Shed
from navswap.features.energy.events import LoadMeasured
from navswap.features.energy.storage import EnergyStations
from navswap.features.stations.service import BrokenHolds
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.lifecycle import Transition


class EnergyStationWriter:
    """Writes in the transaction of the caller."""

    def __init__(self, clock: Clock, outbox: Outbox, audit_log: AuditLog, broken_holds: BrokenHolds) -> None:
        self._clock = clock
        self._outbox = outbox
        self._audit_log = audit_log
        self._broken_holds = broken_holds

    async def apply(self, transition: Transition[EnergyStation], session: Session) -> EnergyStation:
        """Store a transition that is no new plan, publish its facts, and return the energy of the station as it is then."""
        await self.apply_all([transition], session)
        return transition.after

    async def apply_all(self, transitions: Sequence[Transition[EnergyStation]], session: Session) -> None:
        """Store transitions of several stations in one command, and publish their facts."""
        await EnergyStations.apply_all(transitions, session)
        now = self._clock.now()
        for fact in (fact for transition in transitions for fact in transition.facts):
            happened = min(now, fact.ends_at) if isinstance(fact, LoadMeasured) else now
            await self._outbox.publish(session, happened, fact)

    def look_at_holds(self, transition: Transition[EnergyStation], session: Session) -> None:
        """Have holds moved, before the transaction commits, that a new plan cannot keep though it charges held packs first."""
        if may_break_holds(transition):
            self._broken_holds.look_at(transition.after.id, session)

    async def log_sheds(
        self, transitions: Sequence[Transition[EnergyStation]], by: Principal, action: str, session: Session
    ) -> None:
        """Record who shed feeders by which mutation, each with the order that this one replaces."""
        changes = [
            AuditedChange(
                ("Station", transition.after.id),
                before=_content(None if transition.before is None else transition.before.shed),
                after=_content(transition.after.shed),
            )
            for transition in transitions
        ]
        if changes:
            await self._audit_log.record_all(session, self._clock.now(), by, action, changes)


def _content(shed: Shed | None) -> dict[str, Any]:
    if shed is None:
        return {}
    return {"limit_kw": shed.limit_kw, "ends_at": shed.ends_at.isoformat(), "reason": shed.reason}
