"""Level 1: what the playbook tries next, and whether a command worked."""

from dataclasses import dataclass
from datetime import datetime

from navswap.features.faults.domain.catalogue import CONTAINING, KINDS, Action, Step
from navswap.features.faults.domain.containment import needs_people
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Attempt, Fault, FaultSource, Outcome


def next_step(fault: Fault, parameters: FaultParameters) -> Step | None:
    """Return the playbook's next step; None once it is at its end. A containing step that worked is done."""
    for step in playbook(fault, parameters):
        outcomes = [
            attempt.outcome
            for attempt in fault.attempts
            if attempt.action is step.action and attempt.level == 1
        ]
        if Outcome.SUCCEEDED not in outcomes and len(outcomes) < step.attempts:
            return step
    return None


def playbook(fault: Fault, parameters: FaultParameters) -> tuple[Step, ...]:
    """Return the playbook of a fault: containment only, where a repair is left to people."""
    steps = KINDS[fault.code].playbook
    if fault.source is FaultSource.RIDER:  # a rider's word pauses no station, so no one is led away from it
        steps = tuple(step for step in steps if step.action is not Action.REROUTE_RIDERS)
    if needs_people(fault, parameters):
        return tuple(step for step in steps if step.action in CONTAINING)
    return steps


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a command since it was given."""

    accepted: bool | None = None
    is_healthy: bool = False
    is_locked: bool = False
    riders_waiting: int | None = None


def outcome_of(command: Attempt, seen: Evidence, now: datetime) -> Outcome:
    """Judge a pending command. A repair worked once telemetry from after it shows health, whatever the station answered.

    A lock worked once the station says so; riders are rerouted once none waits there.
    """
    if command.action is Action.LOCK_SLOT:
        worked = seen.is_locked or seen.accepted is True
    elif command.action is Action.REROUTE_RIDERS:
        worked = seen.riders_waiting == 0
    else:
        worked = seen.is_healthy
    if worked:
        return Outcome.SUCCEEDED
    if seen.accepted is False:
        return Outcome.REJECTED
    return Outcome.TIMED_OUT if now >= command.due_at else Outcome.PENDING


def next_check(command: Attempt, now: datetime, parameters: FaultParameters) -> datetime:
    """Return when to look at a pending command again."""
    if command.action is Action.REROUTE_RIDERS:  # no telemetry answers it
        return min(command.due_at, now + parameters.reroute_check)
    return command.due_at
