"""Level 3: the clock of a ticket."""

from datetime import datetime, timedelta

from navswap.features.faults.catalogue import Severity

SLA = {
    Severity.CRITICAL: timedelta(minutes=30),
    Severity.MAJOR: timedelta(minutes=120),
    Severity.MINOR: timedelta(minutes=480),
}
"""The time within which a ticket of each severity is to be resolved."""

MAX_ESCALATION = 3
"""Escalations of a ticket: at the end of its SLA time, and after each further such time."""


def escalation(due_at: datetime, severity: Severity, now: datetime) -> int:
    """Return how often a ticket is escalated at a moment: 0 until it is due, at most MAX_ESCALATION."""
    if now < due_at:
        return 0
    return min(MAX_ESCALATION, 1 + (now - due_at) // SLA[severity])


def next_escalation_at(due_at: datetime, severity: Severity, level: int) -> datetime | None:
    """Return when a ticket of this escalation is escalated again; None once it no more is."""
    return None if level >= MAX_ESCALATION else due_at + level * SLA[severity]
