"""The one way in which a fault goes on: from command to command, to the analysis, to people, to its end."""

from datetime import datetime, timedelta

from navswap.events.outbox import publish
from navswap.features.faults.catalogue import CONTAINING, MANUAL, Action
from navswap.features.faults.documents import (
    AdvisedAction,
    Analysis,
    Attempt,
    Deed,
    Fault,
    FaultState,
    Happening,
    Ticket,
    TicketState,
)
from navswap.features.faults.events import (
    EVENT_OF_DEED,
    CommandIssued,
    CommandSettled,
    FaultResolved,
    TicketOpened,
)
from navswap.features.faults.rules import (
    SLA,
    WORKS_WITHIN,
    Case,
    Outcome,
    Tried,
    check_at,
    choose,
    next_step,
)
from navswap.features.faults.service.availability import AvailabilityKeeper
from navswap.features.faults.service.ports import Advice
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id


class FaultKeeper:
    """Moves a fault along within the caller's transaction, in which the fault was read."""

    def __init__(self, clock: Clock, availability: AvailabilityKeeper) -> None:
        self._clock = clock
        self._availability = availability

    async def go_on(self, fault: Fault, session: Session) -> Fault:
        """Take the playbook's next step; at its end the analysis is due at once."""
        step = next_step(case_of(fault))
        if step is not None:
            return await self._issue(fault, step.action, 1, step.within_minutes, session)
        now = self._clock.now()
        return await fault.changed(session, state=FaultState.ANALYSING, level=2, due_at=now)

    async def decide(self, fault: Fault, advice: Advice, session: Session) -> Fault:
        """Apply the best allowed action of an advice: a command, or a ticket where it needs a person."""
        chosen = choose(case_of(fault), advice.ranked).action
        analysis = Analysis(
            as_of=advice.as_of,
            source=advice.source,
            ranked=[
                AdvisedAction(
                    action=one.action,
                    probability=one.probability,
                    expected_minutes=one.expected_minutes,
                    tries=one.tries,
                    successes=one.successes,
                )
                for one in advice.ranked
            ],
            chosen=chosen,
        )
        fault = fault.model_copy(update={"analyses": [*fault.analyses, analysis]})
        if chosen in MANUAL:
            return await self._open_ticket(fault, chosen, session)
        return await self._issue(fault, chosen, 2, WORKS_WITHIN[chosen], session)

    async def settle(
        self,
        fault: Fault,
        outcome: Outcome,
        session: Session,
        *,
        seen_at: datetime | None = None,
        **answer: object,
    ) -> Fault:
        """Settle the pending command, tell it, and go on from there.

        `seen_at` is the moment of the reading that proved it, `answer` what the station said.
        """
        now = self._clock.now()
        settled = fault.pending
        if settled is None:
            return fault
        settled = settled.model_copy(update={"outcome": outcome, "settled_at": now, **answer})
        fault = fault.model_copy(update={"attempts": _with(fault, settled)})
        await publish(session, now, CommandSettled.of(fault, settled))
        if outcome is Outcome.SUCCEEDED and settled.action not in CONTAINING:
            return await self.resolve(fault, session, over_at=seen_at)
        return await self.go_on(fault, session)

    async def resolve(self, fault: Fault, session: Session, *, over_at: datetime | None = None) -> Fault:
        """End a fault: a pending command is overtaken, a ticket resolved, and what was paused comes back."""
        now = self._clock.now()
        pending = fault.pending
        if pending is not None:
            pending = pending.model_copy(update={"outcome": Outcome.OVERTAKEN, "settled_at": now})
            fault = fault.model_copy(update={"attempts": _with(fault, pending)})
            await publish(session, now, CommandSettled.of(fault, pending))
        resolved = await fault.changed(
            session,
            state=FaultState.RESOLVED,
            open=False,
            resolved_at=now,
            over_at=over_at or now,
            due_at=None,
        )
        await self._availability.restore(resolved, session)
        await publish(session, now, FaultResolved.of(resolved))
        return resolved

    async def close_ticket(
        self, ticket: Ticket, session: Session, *, by: str | None, action: Action | None, detail: str
    ) -> Ticket:
        """Mark a ticket as resolved and tell it."""
        return await self.note(
            ticket,
            Deed.RESOLVED,
            session,
            by=by,
            detail=detail,
            state=TicketState.RESOLVED,
            resolved_at=self._clock.now(),
            resolved_by_action=action,
            escalate_at=None,
        )

    async def note(
        self,
        ticket: Ticket,
        deed: Deed,
        session: Session,
        *,
        by: str | None,
        detail: str = "",
        **values: object,
    ) -> Ticket:
        """Change a ticket, write the line of its history, and tell it."""
        now = self._clock.now()
        line = Happening(deed=deed, at=now, by=by, detail=detail)
        changed = await ticket.changed(session, history=[*ticket.history, line], **values)
        await publish(session, now, EVENT_OF_DEED[deed].of(changed))
        return changed

    async def _issue(
        self, fault: Fault, action: Action, level: int, within_minutes: float, session: Session
    ) -> Fault:
        now = self._clock.now()
        attempt = Attempt(
            command_id=new_id(),
            action=action,
            level=level,
            issued_at=now,
            deadline=now + timedelta(minutes=within_minutes),
        )
        if action in CONTAINING:
            await self._availability.contain(fault, action, session)
        issued = await fault.changed(
            session,
            state=FaultState.ACTING,
            level=level,
            attempts=[*fault.attempts, attempt],
            due_at=check_at(action, attempt.deadline, now),
        )
        await publish(session, now, CommandIssued.of(issued, attempt))
        return issued

    async def _open_ticket(self, fault: Fault, recommended: Action, session: Session) -> Fault:
        now = self._clock.now()
        due_at = now + SLA[fault.severity]
        ticket = Ticket(
            id=new_id(),
            fault_id=fault.id,
            station_id=fault.station_id,
            component=fault.component,
            evse_id=fault.evse_id,
            serial_number=fault.serial_number,
            code=fault.code,
            severity=fault.severity,
            recommended=recommended,
            opened_at=now,
            due_at=due_at,
            escalate_at=due_at,
            history=[Happening(deed=Deed.OPENED, at=now, detail=fault.description)],
        )
        await ticket.insert(session=session)
        await publish(session, now, TicketOpened.of(ticket))
        return await fault.changed(
            session, state=FaultState.TICKETED, level=3, ticket_id=ticket.id, due_at=None
        )


def case_of(fault: Fault) -> Case:
    """Return what the choice of the next action rests on."""
    tried = tuple(Tried(one.action, one.level, one.outcome) for one in fault.attempts)
    return Case(fault.code, fault.source, fault.earlier_faults, tried)


def _with(fault: Fault, attempt: Attempt) -> list[Attempt]:
    return [attempt if one.command_id == attempt.command_id else one for one in fault.attempts]
