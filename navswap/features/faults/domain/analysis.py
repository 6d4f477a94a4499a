"""Level 2: which action ends a fault, how probably and how fast, from what was tried before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from navswap.features.faults.domain.catalogue import KINDS, MANUAL, PEOPLE, REMOTE, Action, FaultCode
from navswap.features.faults.domain.containment import needs_people
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.priors import prior_of
from navswap.features.faults.domain.values import AdvisedAction, Attempt, Fault, Outcome
from navswap.kit.forecasts import Source


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """How an action has done against a code: tries, those that ended the fault, and the minutes of these."""

    tries: int = 0
    successes: int = 0
    minutes: float = 0.0


_LEAST_CHANCE = 0.01
"""No action is believed to end a fault surely, or surely not."""
FAILURES = (Outcome.REJECTED, Outcome.TIMED_OUT, Outcome.RELAPSED)
"""The outcomes that say that an action did not end a fault."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Actions that could end a fault, the best first, as known at a time."""

    as_of: datetime
    source: Source
    ranked: tuple[AdvisedAction, ...]
    model: str = ""
    """The model whose probabilities they are, with its version; empty where a rule counted."""


def rank_actions(
    code: FaultCode,
    records: Mapping[Action, ActionRecord],
    parameters: FaultParameters,
    own: Sequence[Attempt] = (),
) -> tuple[AdvisedAction, ...]:
    """Rank what could end a fault, the least cost first, from what is believed of each action and how often it did.

    `records` are of other faults of the code, `own` are the attempts at this one: what failed here failed against the
    same cause, so it weighs more. One expected duration is added to the durations.
    """
    component = KINDS[code].component
    failed = Counter(attempt.action for attempt in own if attempt.outcome in FAILURES)
    ranked = []
    for action in (*REMOTE[component], *PEOPLE[component]):
        seen, prior = records.get(action, ActionRecord()), prior_of(code, action)
        tries = seen.tries + failed[action]
        weight = prior.successes + prior.failures + seen.tries + parameters.own_try_weight * failed[action]
        expected_minutes = (seen.minutes + parameters.expected_minutes[action]) / (seen.successes + 1)
        ranked.append(
            AdvisedAction(
                action=action,
                probability=(prior.successes + seen.successes) / weight,
                expected_minutes=expected_minutes,
                tries=tries,
                successes=seen.successes,
            )
        )
    return tuple(sorted(ranked, key=lambda advised: (cost_minutes(advised, parameters), advised.action)))


def rank_by_shares(
    counted: Sequence[AdvisedAction],
    shares: Mapping[Action, float],
    minutes: float,
    parameters: FaultParameters,
) -> tuple[AdvisedAction, ...]:
    """Rank the actions of a rule again by what is expected to end the fault, and by the minutes until it is over.

    `shares` are the probabilities that an action is the one that ends it. A technician ends any fault, and a new module what
    a command would have ended. The minutes of commands stay; those of people are stretched, to the double or the half at most,
    so that all together come to `minutes` on average.
    """
    by_people = shares.get(Action.SEND_TECHNICIAN, 0.0)
    chances = dict(shares) | {Action.SWAP_MODULE: 1 - by_people, Action.SEND_TECHNICIAN: 1.0}
    usual = {
        advised.action: shares.get(advised.action, 0.0) * advised.expected_minutes for advised in counted
    }
    manual = sum(spent for action, spent in usual.items() if action in MANUAL)
    left = minutes - (sum(usual.values()) - manual)
    stretch = min(2.0, max(0.5, left / manual)) if manual > 0 else 1.0
    ranked = [
        replace(
            advised,
            probability=min(1 - _LEAST_CHANCE, max(_LEAST_CHANCE, chances.get(advised.action, 0.0))),
            expected_minutes=advised.expected_minutes * (stretch if advised.action in MANUAL else 1.0),
        )
        for advised in counted
    ]
    return tuple(sorted(ranked, key=lambda advised: (cost_minutes(advised, parameters), advised.action)))


def source_of(ranked: Sequence[AdvisedAction]) -> Source:
    """Return where a ranking comes from: nothing but the prior where nothing was ever tried."""
    return Source.BASELINE if any(advised.tries for advised in ranked) else Source.PRIOR


def cost_minutes(advised: AdvisedAction, parameters: FaultParameters) -> float:
    """Return the minutes until the fault is over, on average: a failure costs the wait for a technician."""
    return advised.expected_minutes + (1 - advised.probability) * parameters.fallback_minutes


def choose(fault: Fault, ranked: Sequence[AdvisedAction], parameters: FaultParameters) -> Action:
    """Return the best action that is still allowed; one that needs a person always is."""
    return next(advised.action for advised in ranked if is_allowed(fault, advised.action, parameters))


def is_allowed(fault: Fault, action: Action, parameters: FaultParameters) -> bool:
    """Return whether an action may be tried: attempts are limited, and some faults are left to people."""
    if action in MANUAL:
        return True
    if needs_people(fault, parameters) or len(fault.attempts) >= parameters.max_commands:
        return False
    levels = [attempt.level for attempt in fault.attempts if attempt.action is action]
    return len(levels) < parameters.max_tries and 2 not in levels
