"""Pure decisions of faults: what a reading means, whether an action worked, what is tried next, when to escalate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from navswap.features.faults.catalogue import (
    CONTAINING,
    CURRENT_AMPERES,
    DEVICE_CODES,
    GENERIC,
    KINDS,
    MANUAL,
    NO_ERROR,
    PEOPLE,
    REMOTE,
    TEMPERATURE_CELSIUS,
    Action,
    Component,
    FaultCode,
    Limit,
    Pause,
    Severity,
    Step,
)

SLA = {
    Severity.CRITICAL: timedelta(minutes=30),
    Severity.MAJOR: timedelta(minutes=120),
    Severity.MINOR: timedelta(minutes=480),
}
"""The time within which a ticket of each severity is to be resolved."""

MAX_ESCALATION = 3
"""Escalations of a ticket: at the end of its SLA time, and after each further such time."""

FLAPPING = 3
"""Earlier faults of the same kind and place within a day that make another remote repair pointless."""
FLAPPING_SPAN = timedelta(hours=24)

MAX_TRIES = 2
"""Most times that one action is tried against one fault, playbook and analysis together; the latter tries it once."""
MAX_COMMANDS = 6
"""Most commands of one fault."""

CHECK_EVERY = timedelta(minutes=1)
"""How often an action is checked that no telemetry answers."""

LATEST = timedelta(minutes=15)
"""A reading older than this no longer tells what is."""
EARLY = timedelta(minutes=1)
"""How far ahead the clock of a station may be."""

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


class FaultSource(StrEnum):
    """Who noticed a fault."""

    TELEMETRY = "TELEMETRY"
    HEARTBEAT = "HEARTBEAT"
    RIDER = "RIDER"
    STAFF = "STAFF"


PEOPLES = frozenset({FaultSource.RIDER, FaultSource.STAFF})
"""Sources that saw what no sensor need show: no reading proves such a fault repaired."""


class Outcome(StrEnum):
    """What became of a command."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    OVERTAKEN = "OVERTAKEN"
    RELAPSED = "RELAPSED"


class ReadingRejection(StrEnum):
    """Why a reading was not used."""

    TOO_OLD = "TOO_OLD"
    FROM_THE_FUTURE = "FROM_THE_FUTURE"
    NO_SUCH_SLOT = "NO_SUCH_SLOT"
    NO_SUCH_PACK = "NO_SUCH_PACK"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station measured of one of its components; an `error_code` None means that it reports no error."""

    component: Component
    measured_at: datetime
    evse_id: int | None = None
    serial_number: str | None = None
    temperature_celsius: float | None = None
    current_amperes: float | None = None
    error_code: str | None = None
    locked: bool | None = None

    @property
    def has_error(self) -> bool:
        """Tell whether the device reports an error."""
        return self.error_code is not None and self.error_code != NO_ERROR


def subject_of(component: Component, evse_id: int | None, serial_number: str | None) -> str:
    """Return what of a station a fault is about; a slot and its charger are one place."""
    if component is Component.PACK:
        return f"pack:{serial_number}"
    return f"slot:{evse_id}" if component in {Component.SLOT, Component.CHARGER} else "station"


def reading_rejection(
    reading: Reading, slot_count: int, serial_numbers: Collection[str], now: datetime
) -> ReadingRejection | None:
    """Return why a reading of a station with these slots and packs cannot be used; None where it can."""
    if reading.measured_at > now + EARLY:
        return ReadingRejection.FROM_THE_FUTURE
    if reading.measured_at < now - LATEST:
        return ReadingRejection.TOO_OLD
    if reading.component is Component.PACK:
        is_here = reading.serial_number is not None and reading.serial_number in serial_numbers
        return None if is_here else ReadingRejection.NO_SUCH_PACK
    if reading.component in {Component.SLOT, Component.CHARGER} and not (
        reading.evse_id is not None and 1 <= reading.evse_id <= slot_count
    ):
        return ReadingRejection.NO_SUCH_SLOT
    return None


def findings(reading: Reading) -> frozenset[FaultCode]:
    """Return the faults that a reading shows; of several limits that one value passes, the worst."""
    found = {
        _worst(TEMPERATURE_CELSIUS.get(reading.component, ()), reading.temperature_celsius),
        _worst(CURRENT_AMPERES.get(reading.component, ()), reading.current_amperes),
    }
    if reading.has_error:
        named = DEVICE_CODES.get((reading.component, reading.error_code or ""))
        found.add(named or GENERIC.get(reading.component))
    return frozenset(code for code in found if code is not None)


def shows_health(code: FaultCode, reading: Reading) -> bool:
    """Tell whether a reading shows that a fault of this code, in its place, is over."""
    if code is FaultCode.STATION_OFFLINE:
        return True
    if reading.component is not KINDS[code].component or reading.has_error:
        return False
    for limits, value in (
        (TEMPERATURE_CELSIUS, reading.temperature_celsius),
        (CURRENT_AMPERES, reading.current_amperes),
    ):
        for limit in limits.get(reading.component, ()):
            if limit.code is code:
                return value is not None and value <= limit.clears
    return True


def pause_of(code: FaultCode, source: FaultSource) -> Pause:
    """Return what a fault takes out of use at once; on the word of a rider never a whole station."""
    pause = KINDS[code].pause
    if source is not FaultSource.RIDER:
        return pause
    return {Pause.STATION: Pause.NOTHING, Pause.SLOT_FAULTED: Pause.SLOT_LOCKED}.get(pause, pause)


@dataclass(frozen=True, slots=True)
class Tried:
    """A command that was given, and what became of it."""

    action: Action
    level: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Case:
    """What the choice of the next action rests on."""

    code: FaultCode
    source: FaultSource
    earlier_faults: int
    tried: tuple[Tried, ...]

    @property
    def needs_people(self) -> bool:
        """Tell whether no remote repair is tried: it is too dangerous, unprovable, or did not last before."""
        return _is_dangerous(self.code) or self.source in PEOPLES or self.earlier_faults >= FLAPPING


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


def ends_by_itself(code: FaultCode, source: FaultSource, *, waits_for_people: bool) -> bool:
    """Tell whether a healthy reading alone closes a fault against which no command is pending."""
    if source in PEOPLES or _is_dangerous(code):
        return False
    return KINDS[code].ends_by_itself or not waits_for_people


def escalation(due_at: datetime, severity: Severity, now: datetime) -> int:
    """Return how often a ticket is escalated at a moment: 0 until it is due, at most MAX_ESCALATION."""
    if now < due_at:
        return 0
    return min(MAX_ESCALATION, 1 + (now - due_at) // SLA[severity])


def next_escalation_at(due_at: datetime, severity: Severity, level: int) -> datetime | None:
    """Return when a ticket of this escalation is escalated again; None once it no more is."""
    return None if level >= MAX_ESCALATION else due_at + level * SLA[severity]


def _is_dangerous(code: FaultCode) -> bool:
    """Tell whether a person must have looked before what the fault paused comes back."""
    kind = KINDS[code]
    return kind.severity is Severity.CRITICAL and not kind.ends_by_itself


def _worst(limits: tuple[Limit, ...], value: float | None) -> FaultCode | None:
    if value is None:
        return None
    return next((limit.code for limit in limits if value >= limit.raises), None)
