"""The energy of stations, stored with what it publishes, and with who ordered it."""

from typing import Any

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
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
        """Store a transition, publish its facts, and return the energy of the station as it is then.

        A plan charges held packs first; holds that it cannot keep all the same move before the transaction commits.
        """
        station = await EnergyStations.apply(transition, session)
        now = self._clock.now()
        for fact in transition.facts:
            happened = min(now, fact.ends_at) if isinstance(fact, LoadMeasured) else now
            await self._outbox.publish(session, happened, fact)
        if may_break_holds(transition):
            self._broken_holds.look_at(station.id, session)
        return station

    async def log_shed(self, transition: Transition[EnergyStation], by: Principal, session: Session) -> None:
        """Record who shed a feeder, with the order that this one replaces."""
        await self._audit_log.record(
            session,
            self._clock.now(),
            by,
            "shedFeeder",
            ("Station", transition.after.id),
            before=_content(None if transition.before is None else transition.before.shed),
            after=_content(transition.after.shed),
        )


def _content(shed: Shed | None) -> dict[str, Any]:
    if shed is None:
        return {}
    return {"limit_kw": shed.limit_kw, "ends_at": shed.ends_at.isoformat(), "reason": shed.reason}
