"""Faults, commands and readings as the tests of decisions need them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from navswap.features.faults.domain import lifecycle
from navswap.features.faults.domain.analysis import Advice, rank_actions
from navswap.features.faults.domain.catalogue import Action, Component, FaultCode
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Attempt, Fault, FaultSource, Finding, Outcome, Ticket
from navswap.kit.forecasts import Source

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAIN = FaultParameters()


def reading(component: Component = Component.SLOT, **values: object) -> Reading:
    return Reading(component, NOW, **values)  # type: ignore[arg-type]  # each test names fields of a reading


def finding(
    code: FaultCode = FaultCode.SLOT_FAILED, source: FaultSource = FaultSource.TELEMETRY, **values: object
) -> Finding:
    fields = {"evse_id": 1, **values}
    return Finding("s1", code, source, NOW, **fields)  # type: ignore[arg-type]  # each test names fields


def a_fault(
    code: FaultCode = FaultCode.SLOT_FAILED,
    *attempts: Attempt,
    source: FaultSource = FaultSource.TELEMETRY,
    earlier: int = 0,
) -> Fault:
    """Return an open fault against which exactly these attempts were made."""
    return replace(acting(code, source, earlier), attempts=attempts)


def acting(
    code: FaultCode = FaultCode.SLOT_FAILED, source: FaultSource = FaultSource.TELEMETRY, earlier: int = 0
) -> Fault:
    """Return a fault of slot 1 or pack P1 that was raised at NOW; its first command, if there is one, has the id c1."""
    ends = [NOW - timedelta(hours=1)] * earlier
    return raised(finding(code, source, serial_number="P1"), ends).fault.after


def raised(of: Finding, earlier_ends: list[datetime] | None = None) -> FaultStep:
    return lifecycle.raise_fault("f1", of, earlier_ends or [], NOW, "c1", PLAIN)


def attempt(
    action: Action, outcome: Outcome = Outcome.TIMED_OUT, level: int = 1, command_id: str = "c0"
) -> Attempt:
    return Attempt(command_id, action, level, NOW, NOW + 3 * MINUTE, outcome)


def advice(code: FaultCode, now: datetime = NOW) -> Advice:
    """Return what the baseline advises where nothing is known."""
    return Advice(now, Source.BASELINE, rank_actions(code, {}, PLAIN))


def ticketed(code: FaultCode = FaultCode.PACK_FAILED) -> tuple[Fault, Ticket]:
    """Return a fault that was left to people at NOW, and its ticket."""
    fault = acting(code, earlier=PLAIN.flapping_faults)
    step = lifecycle.decide(fault, advice(code), NOW, "t1", PLAIN)
    assert step.ticket is not None
    return step.fault.after, step.ticket.after
