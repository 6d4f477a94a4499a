"""Level 1: what the playbook tries next, and whether a command worked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.faults.catalogue import CONTAINING, KINDS, Action, Step
from navswap.features.faults.rules.cases import Case, FaultSource, Outcome

CHECK_EVERY = timedelta(minutes=1)
"""How often an action is checked that no telemetry answers."""


def next_step(case: Case) -> Step | None:
    """Return the playbook's next step; None once it is at its end. A containing step that worked is done."""
    for step in playbook(case):
        tries = [one.outcome for one in case.tried if one.action is step.action and one.level == 1]
        if Outcome.SUCCEEDED not in tries and len(tries) < step.attempts:
            return step
    return None


def playbook(case: Case) -> tuple[Step, ...]:
    """Return the playbook of a fault: containment only, where a repair is left to people."""
    steps = KINDS[case.code].playbook
    if case.source is FaultSource.RIDER:  # a rider's word pauses no station, so nobody is rerouted on it
        steps = tuple(step for step in steps if step.action is not Action.REROUTE_RIDERS)
    return tuple(step for step in steps if step.action in CONTAINING) if case.needs_people else steps


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a command since it was given."""

    accepted: bool | None = None
    healthy: bool = False
    locked: bool = False
    riders_waiting: int | None = None


def outcome_of(action: Action, deadline: datetime, seen: Evidence, now: datetime) -> Outcome:
    """Judge a pending command. A repair worked once telemetry from after it shows health, whatever the station answered.

    A lock worked once the station says so; riders are rerouted once none waits there.
    """
    if action is Action.LOCK_SLOT:
        worked = seen.locked or seen.accepted is True
    elif action is Action.REROUTE_RIDERS:
        worked = seen.riders_waiting == 0
    else:
        worked = seen.healthy
    if worked:
        return Outcome.SUCCEEDED
    if seen.accepted is False:
        return Outcome.REJECTED
    return Outcome.TIMED_OUT if now >= deadline else Outcome.PENDING


def check_at(action: Action, deadline: datetime, now: datetime) -> datetime:
    """Return when to look at a pending command again."""
    return min(deadline, now + CHECK_EVERY) if action is Action.REROUTE_RIDERS else deadline
