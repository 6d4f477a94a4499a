"""A fault as decisions see it: who noticed it, what it pauses, what was tried, and who must look at it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from navswap.features.faults.catalogue import KINDS, Action, FaultCode, Pause, Severity

FLAPPING = 3
"""Earlier faults of the same kind and place within a day that make another remote repair pointless."""

FLAPPING_SPAN = timedelta(hours=24)


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
        return is_dangerous(self.code) or self.source in PEOPLES or self.earlier_faults >= FLAPPING


def pause_of(code: FaultCode, source: FaultSource) -> Pause:
    """Return what a fault takes out of use at once; on the word of a rider never a whole station."""
    pause = KINDS[code].pause
    if source is not FaultSource.RIDER:
        return pause
    return {Pause.STATION: Pause.NOTHING, Pause.SLOT_FAULTED: Pause.SLOT_LOCKED}.get(pause, pause)


def ends_by_itself(code: FaultCode, source: FaultSource, *, waits_for_people: bool) -> bool:
    """Tell whether a healthy reading alone closes a fault against which no command is pending."""
    if source in PEOPLES or is_dangerous(code):
        return False
    return KINDS[code].ends_by_itself or not waits_for_people


def is_dangerous(code: FaultCode) -> bool:
    """Tell whether a person must have looked before what the fault paused comes back."""
    kind = KINDS[code]
    return kind.severity is Severity.CRITICAL and not kind.ends_by_itself
