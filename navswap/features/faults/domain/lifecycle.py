"""The life of a fault: from command to command (level 1), to the analysis (2), to people (3), and to its end.

Each step is one transition of the fault, and of its ticket where people come in or are done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.faults.domain import tickets
from navswap.features.faults.domain.analysis import Advice, choose
from navswap.features.faults.domain.catalogue import CONTAINING, KINDS, MANUAL, Action
from navswap.features.faults.domain.containment import ends_by_itself, pause_of
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.playbook import Evidence, next_check, next_step, outcome_of
from navswap.features.faults.domain.readings import Reading, shows_health
from navswap.features.faults.domain.values import (
    Analysis,
    Attempt,
    Fault,
    FaultState,
    Finding,
    Outcome,
    Ticket,
)
from navswap.features.faults.errors import CommandNotFoundError, CommandSettledError, FaultOverError
from navswap.features.faults.events import (
    CommandIssued,
    CommandSettled,
    FaultAdvanced,
    FaultChanged,
    FaultRaised,
    FaultResolved,
)
from navswap.kit.facts import Fact
from navswap.kit.lifecycle import Transition, unchanged


@dataclass(frozen=True, slots=True)
class FaultStep:
    """One step of a fault, and of its ticket where it opens, ends or comes back with it."""

    fault: Transition[Fault]
    ticket: Transition[Ticket] | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return the facts to publish, in their order: also that the fault is dealt with otherwise, where no other says so."""
        facts = self.fault.facts
        if self.is_advanced and not any(isinstance(fact, FaultChanged) for fact in facts):
            facts = (FaultAdvanced(self.fault.after), *facts)
        return facts + (self.ticket.facts if self.ticket is not None else ())

    @property
    def is_advanced(self) -> bool:
        """Return whether the fault is dealt with otherwise than before; being reported once more is none of that."""
        before, after = self.fault.before, self.fault.after
        return before is None or (before.state, before.level, before.attempts, before.analyses) != (
            after.state,
            after.level,
            after.attempts,
            after.analyses,
        )


def raise_fault(
    fault_id: str,
    finding: Finding,
    earlier_ends: Sequence[datetime],
    now: datetime,
    next_id: str,
    parameters: FaultParameters,
) -> FaultStep:
    """Begin a fault and take the first step of its playbook.

    `earlier_ends` are the `over_at` of the faults of its kind and place that ended within `flapping_span`; `next_id`
    becomes the id of the command. Raises FaultOverError for a finding that is older than one of these ends.
    """
    if any(end >= finding.seen_at for end in earlier_ends):
        raise FaultOverError("This fault was over when it was seen; report it again if it is back.")
    kind, key = KINDS[finding.code], finding.key
    fault = Fault(
        id=fault_id,
        station_id=finding.station_id,
        component=kind.component,
        subject=key.subject,
        evse_id=finding.evse_id,
        serial_number=finding.serial_number,
        code=finding.code,
        severity=kind.severity,
        source=finding.source,
        reported_by=finding.reported_by,
        description=finding.description,
        pause=pause_of(finding.code, finding.source),
        earlier_faults=len(earlier_ends),
        raised_at=now,
        last_seen_at=finding.seen_at,
        check_at=now,
    )
    raised, facts = _continue(fault, now, next_id, parameters)
    return FaultStep(Transition(None, raised, (FaultRaised(raised), *facts)))


def see_again(fault: Fault, seen_at: datetime) -> Transition[Fault]:
    """Count one more report of an open fault."""
    seen = replace(
        fault,
        occurrences=fault.occurrences + 1,
        last_seen_at=max(fault.last_seen_at, seen_at),
        revision=fault.revision + 1,
    )
    return Transition(fault, seen)


def answer(
    fault: Fault,
    command_id: str,
    now: datetime,
    next_id: str,
    parameters: FaultParameters,
    *,
    accepted: bool,
    detail: str,
) -> FaultStep:
    """Take a station's answer to a command; the same answer again changes nothing.

    A refusal fails the command at once, and a lock has worked with the station's word; any other command goes on. Raises
    CommandNotFoundError, CommandSettledError.
    """
    command = next((attempt for attempt in fault.attempts if attempt.command_id == command_id), None)
    if command is None:
        raise CommandNotFoundError("There is no such command.")
    if command.accepted is accepted:
        return FaultStep(unchanged(fault))
    if command.outcome is not Outcome.PENDING or command.accepted is not None:
        raise CommandSettledError(f"This command was settled already ({command.outcome}).")
    answered = replace(command, accepted=accepted, detail=detail)
    outcome = outcome_of(command, Evidence(accepted=accepted), now)
    if outcome is Outcome.PENDING:
        return FaultStep(Transition(fault, _with(_next_revision(fault), answered)))
    return FaultStep(_settle(fault, answered, outcome, now, next_id, parameters))


def observe(
    fault: Fault,
    ticket: Ticket | None,
    reading: Reading,
    now: datetime,
    next_id: str,
    parameters: FaultParameters,
) -> FaultStep:
    """Judge the pending command by a reading from after it, or end the fault where it ends by itself.

    `ticket` is that of the fault. A reading from before the fault was last seen changes nothing.
    """
    if not fault.is_open or reading.measured_at <= fault.last_seen_at:
        return FaultStep(unchanged(fault))
    is_healthy = shows_health(fault.code, reading)
    pending = fault.pending
    if pending is not None and reading.measured_at > pending.issued_at:
        seen = Evidence(pending.accepted, is_healthy=is_healthy, is_locked=reading.is_locked is True)
        if (outcome := outcome_of(pending, seen, now)) is Outcome.SUCCEEDED:
            over_at = reading.measured_at
            return FaultStep(_settle(fault, pending, outcome, now, next_id, parameters, over_at))
    waits = fault.state is FaultState.TICKETED
    if not is_healthy or not ends_by_itself(fault.code, fault.source, waits_for_people=waits):
        return FaultStep(unchanged(fault))
    closed = None
    if ticket is not None:
        detail = "Telemetry shows that the fault is over."
        closed = tickets.resolve(ticket, now, by=None, action=None, detail=detail)
    return FaultStep(end(fault, now, over_at=reading.measured_at), closed)


def advance(
    fault: Fault,
    riders_waiting: int | None,
    advice: Advice | None,
    now: datetime,
    next_id: str,
    parameters: FaultParameters,
) -> FaultStep:
    """Look at a fault whose time has come: judge its command, or choose the next action by an advice.

    `riders_waiting` are the riders with a hold at its station, needed where these are led away; `next_id` becomes the id of the command or of the ticket.
    Without an advice, a fault that needs one waits.
    """
    if fault.check_at is None or fault.check_at > now:
        return FaultStep(unchanged(fault))
    pending = fault.pending
    if pending is None:
        return (
            FaultStep(unchanged(fault)) if advice is None else decide(fault, advice, now, next_id, parameters)
        )
    outcome = outcome_of(pending, Evidence(pending.accepted, riders_waiting=riders_waiting), now)
    if outcome is not Outcome.PENDING:
        return FaultStep(_settle(fault, pending, outcome, now, next_id, parameters))
    waiting = replace(_next_revision(fault), check_at=next_check(pending, now, parameters))
    return FaultStep(Transition(fault, waiting))


def decide(
    fault: Fault, advice: Advice, now: datetime, next_id: str, parameters: FaultParameters
) -> FaultStep:
    """Apply the best allowed action of an advice: a command, or a ticket where it needs a person."""
    chosen = choose(fault, advice.ranked, parameters)
    analysis = Analysis(advice.as_of, advice.source, advice.ranked, chosen, advice.model)
    analysed = replace(_next_revision(fault), analyses=(*fault.analyses, analysis))
    if chosen not in MANUAL:
        minutes = parameters.expected_minutes[chosen]
        issued, fact = _issue(analysed, next_id, chosen, 2, minutes, now, parameters)
        return FaultStep(Transition(fault, issued, (fact,)))
    ticketed = replace(analysed, state=FaultState.TICKETED, level=3, ticket_id=next_id, check_at=None)
    return FaultStep(
        Transition(fault, ticketed), tickets.open_ticket(next_id, ticketed, chosen, now, parameters)
    )


def end(
    fault: Fault, now: datetime, *, over_at: datetime | None = None, repair: Attempt | None = None
) -> Transition[Fault]:
    """End a fault; a command that is under way is overtaken.

    `over_at` is the time of the reading that showed the end, `repair` the work of people that brought it about.
    """
    ending = _next_revision(fault)
    facts: tuple[Fact, ...] = ()
    if (pending := fault.pending) is not None:
        ending, overtaken = _settled(fault, pending, Outcome.OVERTAKEN, now)
        facts = (overtaken,)
    if repair is not None:
        ending = replace(ending, attempts=(*ending.attempts, repair))
    return _end(fault, ending, now, over_at, facts)


def _settle(
    fault: Fault,
    command: Attempt,
    outcome: Outcome,
    now: datetime,
    next_id: str,
    parameters: FaultParameters,
    over_at: datetime | None = None,
) -> Transition[Fault]:
    """Settle a command and go on from there: a repair that worked ends the fault."""
    settled, fact = _settled(fault, command, outcome, now)
    if outcome is Outcome.SUCCEEDED and command.action not in CONTAINING:
        return _end(fault, settled, now, over_at, (fact,))
    continued, facts = _continue(settled, now, next_id, parameters)
    return Transition(fault, continued, (fact, *facts))


def _settled(fault: Fault, command: Attempt, outcome: Outcome, now: datetime) -> tuple[Fault, CommandSettled]:
    settled = replace(command, outcome=outcome, settled_at=now)
    return _with(_next_revision(fault), settled), CommandSettled.of(fault, settled)


def _continue(
    fault: Fault, now: datetime, next_id: str, parameters: FaultParameters
) -> tuple[Fault, tuple[Fact, ...]]:
    """Take the playbook's next step; at its end the analysis is due at once."""
    step = next_step(fault, parameters)
    if step is None:
        return replace(fault, state=FaultState.ANALYSING, level=2, check_at=now), ()
    issued, fact = _issue(fault, next_id, step.action, 1, step.within_minutes, now, parameters)
    return issued, (fact,)


def _issue(
    fault: Fault,
    command_id: str,
    action: Action,
    level: int,
    within_minutes: float,
    now: datetime,
    parameters: FaultParameters,
) -> tuple[Fault, CommandIssued]:
    command = Attempt(command_id, action, level, now, now + timedelta(minutes=within_minutes))
    issued = replace(
        fault,
        state=FaultState.ACTING,
        level=level,
        attempts=(*fault.attempts, command),
        check_at=next_check(command, now, parameters),
    )
    return issued, CommandIssued.of(issued, command)


def _end(
    before: Fault, ending: Fault, now: datetime, over_at: datetime | None, facts: tuple[Fact, ...]
) -> Transition[Fault]:
    ended = replace(
        ending,
        state=FaultState.RESOLVED,
        is_open=False,
        resolved_at=now,
        over_at=over_at or now,
        check_at=None,
    )
    return Transition(before, ended, (*facts, FaultResolved(ended)))


def _with(fault: Fault, changed: Attempt) -> Fault:
    """Return a fault with one attempt in the place of what it was."""
    attempts = tuple(
        changed if attempt.command_id == changed.command_id else attempt for attempt in fault.attempts
    )
    return replace(fault, attempts=attempts)


def _next_revision(fault: Fault) -> Fault:
    return replace(fault, revision=fault.revision + 1)
