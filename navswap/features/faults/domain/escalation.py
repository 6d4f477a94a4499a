"""Level 3: the SLA time of a ticket."""

from datetime import datetime, timedelta

from navswap.features.faults.domain.parameters import FaultParameters


def escalation_level(due_at: datetime, sla: timedelta, now: datetime, parameters: FaultParameters) -> int:
    """Return how often a ticket is escalated at a time: 0 until it is due, at most `max_escalations`."""
    if now < due_at:
        return 0
    return min(parameters.max_escalations, 1 + (now - due_at) // sla)


def next_escalation_at(
    due_at: datetime, sla: timedelta, level: int, parameters: FaultParameters
) -> datetime | None:
    """Return when a ticket of this escalation level is escalated again; None once it no more is."""
    return None if level >= parameters.max_escalations else due_at + level * sla
