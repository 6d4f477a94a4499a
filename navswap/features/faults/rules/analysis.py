"""Level 2: which action ends a fault, how probably and how fast, from what was tried before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from navswap.features.faults.catalogue import KINDS, MANUAL, PEOPLE, REMOTE, Action, FaultCode
from navswap.features.faults.rules.cases import Case

MAX_TRIES = 2
"""Most times that one action is tried against one fault, playbook and analysis together; the latter tries it once."""

MAX_COMMANDS = 6
"""Most commands of one fault."""

WORKS_WITHIN = {Action.RESET_MODULE: 3.0, Action.DERATE_CHARGING: 10.0}
"""Minutes that the analysis gives an action to work."""

PRIOR_MINUTES = {
    Action.RESET_MODULE: 3.0,
    Action.DERATE_CHARGING: 10.0,
    Action.LOCK_SLOT: 2.0,
    Action.REROUTE_RIDERS: 5.0,
    Action.SWAP_MODULE: 60.0,
    Action.SEND_TECHNICIAN: 90.0,
}
"""Minutes that an action takes as long as nothing is known of it; counts as one observation."""

FALLBACK_MINUTES = 120.0
"""What a failed action costs: the fault waits for somebody to come."""


@dataclass(frozen=True, slots=True)
class Record:
    """How an action has done against a code: tries, those that ended the fault, and the minutes of these."""

    tries: int = 0
    successes: int = 0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class RankedAction:
    """An action with the probability that it ends a fault, and the minutes that it takes where it does."""

    action: Action
    probability: float
    expected_minutes: float
    tries: int
    successes: int

    @property
    def cost_minutes(self) -> float:
        """Return the minutes until the fault is over, on average: a failure costs the wait for somebody."""
        return self.expected_minutes + (1 - self.probability) * FALLBACK_MINUTES


def rank_actions(code: FaultCode, history: Mapping[Action, Record]) -> list[RankedAction]:
    """Rank what could end a fault, the least cost first, from how often it did.

    Laplace's rule: one success and one failure are added to what was seen, and one duration to the durations.
    """
    component = KINDS[code].component
    ranked = []
    for action in (*REMOTE[component], *PEOPLE[component]):
        seen = history.get(action, Record())
        ranked.append(
            RankedAction(
                action=action,
                probability=(seen.successes + 1) / (seen.tries + 2),
                expected_minutes=(seen.minutes + PRIOR_MINUTES[action]) / (seen.successes + 1),
                tries=seen.tries,
                successes=seen.successes,
            )
        )
    return sorted(ranked, key=lambda one: (one.cost_minutes, one.action))


def choose(case: Case, ranked: Sequence[RankedAction]) -> RankedAction:
    """Return the best action that is still allowed; one that needs a person always is."""
    return next(one for one in ranked if is_allowed(case, one.action))


def is_allowed(case: Case, action: Action) -> bool:
    """Tell whether an action may be tried: attempts are limited, and some faults are left to people."""
    if action in MANUAL:
        return True
    if case.needs_people or len(case.tried) >= MAX_COMMANDS:
        return False
    levels = [one.level for one in case.tried if one.action is action]
    return len(levels) < MAX_TRIES and 2 not in levels
