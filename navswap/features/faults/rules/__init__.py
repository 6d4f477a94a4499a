"""Pure decisions of faults: what a reading means, what is tried next and whether it worked, when to escalate."""

from navswap.features.faults.rules.analysis import (
    MAX_COMMANDS,
    MAX_TRIES,
    WORKS_WITHIN,
    RankedAction,
    Record,
    choose,
    is_allowed,
    rank_actions,
)
from navswap.features.faults.rules.cases import (
    FLAPPING,
    FLAPPING_SPAN,
    Case,
    FaultSource,
    Outcome,
    Tried,
    ends_by_itself,
    pause_of,
)
from navswap.features.faults.rules.commands import (
    Evidence,
    check_at,
    next_step,
    outcome_of,
)
from navswap.features.faults.rules.escalation import (
    MAX_ESCALATION,
    SLA,
    escalation,
    next_escalation_at,
)
from navswap.features.faults.rules.readings import (
    Reading,
    ReadingRejection,
    are_we_deaf,
    findings,
    reading_rejection,
    shows_health,
    subject_of,
)

__all__ = [
    "FLAPPING",
    "FLAPPING_SPAN",
    "MAX_COMMANDS",
    "MAX_ESCALATION",
    "MAX_TRIES",
    "SLA",
    "WORKS_WITHIN",
    "Case",
    "Evidence",
    "FaultSource",
    "Outcome",
    "RankedAction",
    "Reading",
    "ReadingRejection",
    "Record",
    "Tried",
    "are_we_deaf",
    "check_at",
    "choose",
    "ends_by_itself",
    "escalation",
    "findings",
    "is_allowed",
    "next_escalation_at",
    "next_step",
    "outcome_of",
    "pause_of",
    "rank_actions",
    "reading_rejection",
    "shows_health",
    "subject_of",
]
