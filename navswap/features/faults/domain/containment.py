"""What a fault keeps out of use, and whether a person must look at it before it comes back."""

from dataclasses import dataclass

from navswap.features.faults.domain.catalogue import CONTAINING, KINDS, Action, FaultCode, Pause, Severity
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault, FaultSource

PEOPLES = frozenset({FaultSource.RIDER, FaultSource.STAFF, FaultSource.ADMIN})
"""Sources that saw what no sensor need show: no reading proves such a fault repaired."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A slot that is kept out of use, or the whole station where `evse_id` is None; locked, or faulted."""

    evse_id: int | None
    is_faulted: bool


def pause_of(code: FaultCode, source: FaultSource) -> Pause:
    """Return what a fault takes out of use at once; on the word of a rider never a whole station."""
    pause = KINDS[code].pause
    if source is not FaultSource.RIDER:
        return pause
    return {Pause.STATION: Pause.NOTHING, Pause.SLOT_FAULTED: Pause.SLOT_LOCKED}.get(pause, pause)


def closures(fault: Fault | None) -> tuple[Closure, ...]:
    """Return what of its station a fault keeps out of use: what it pauses, and what its containing actions add.

    None, or a fault that is over, keeps nothing. Containing actions from before it was reopened no longer count: the
    pack that was locked in may be elsewhere by now.
    """
    if fault is None or not fault.is_open:
        return ()
    contained = {
        attempt.action
        for attempt in fault.attempts
        if attempt.action in CONTAINING
        and (fault.reopened_at is None or attempt.issued_at >= fault.reopened_at)
    }
    closed = []
    if fault.pause is Pause.STATION or Action.REROUTE_RIDERS in contained:
        closed.append(Closure(None, is_faulted=True))
    if fault.pause is Pause.SLOT_FAULTED:
        closed.append(Closure(fault.evse_id, is_faulted=True))
    elif fault.pause is Pause.SLOT_LOCKED or (Action.LOCK_SLOT in contained and fault.evse_id is not None):
        closed.append(Closure(fault.evse_id, is_faulted=False))
    return tuple(closed)


def faulty_pack(fault: Fault | None) -> str | None:
    """Return the serial number of the pack that a fault keeps from being handed out; None where it keeps none."""
    return fault.serial_number if fault is not None and fault.is_open and fault.pause is Pause.PACK else None


def needs_people(fault: Fault, parameters: FaultParameters) -> bool:
    """Return whether no remote repair is tried: it is too dangerous, unprovable, or did not last before."""
    return (
        is_dangerous(fault.code)
        or fault.source in PEOPLES
        or fault.earlier_faults >= parameters.flapping_faults
    )


def ends_by_itself(code: FaultCode, source: FaultSource, *, waits_for_people: bool) -> bool:
    """Return whether a healthy reading alone closes a fault against which no command is pending."""
    if source in PEOPLES or is_dangerous(code):
        return False
    return KINDS[code].ends_by_itself or not waits_for_people


def is_dangerous(code: FaultCode) -> bool:
    """Return whether a person must have looked before what the fault paused comes back."""
    kind = KINDS[code]
    return kind.severity is Severity.CRITICAL and not kind.ends_by_itself
