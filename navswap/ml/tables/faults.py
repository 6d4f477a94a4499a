"""Faults as they were raised, the commands that failed, and what ended each fault."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from navswap.ml.history import Payload, Row, TableSpec
from navswap.ml.tables.reading import NAN, minutes_between, number, time_ms

ACTIONS: Final = (
    "RESET_MODULE",
    "LOCK_SLOT",
    "DERATE_CHARGING",
    "REROUTE_RIDERS",
    "SWAP_MODULE",
    "SEND_TECHNICIAN",
)
"""What can be done about a fault; the number of an action is its place here."""
CODES: Final = (
    "SLOT_HOT",
    "SLOT_OVERHEATED",
    "SLOT_FAILED",
    "LATCH_STUCK",
    "CHARGER_OVERHEATED",
    "CHARGER_OVERCURRENT",
    "CHARGER_FAILED",
    "GROUND_FAULT",
    "METER_FAILED",
    "PACK_OVERHEATED",
    "PACK_FAILED",
    "STATION_POWER_LOST",
    "STATION_FAILED",
    "STATION_DAMAGED",
    "STATION_OFFLINE",
)
"""What can be wrong; the number of a code is its place here, so that codes of one component are neighbours."""
COMPONENTS: Final = ("SLOT", "CHARGER", "PACK", "STATION", "COMMUNICATION")
SEVERITIES: Final = ("MINOR", "MAJOR", "CRITICAL")
SOURCES: Final = ("TELEMETRY", "HEARTBEAT", "RIDER", "STAFF", "ADMIN")
_WORKED: Final = "SUCCEEDED"
FAILED_OUTCOMES: Final = frozenset({"REJECTED", "TIMED_OUT", "RELAPSED"})
_REMOTE: Final = ("RESET_MODULE", "DERATE_CHARGING")
_PEOPLES_LEVEL: Final = 3
_KEPT: Final = timedelta(days=85)
"""Twelve weeks and a day: faults are rare, and what ended those of before says what will end the next."""


def place_of(names: Sequence[str], value: object) -> float:
    """Return the number of a name, NaN for one that is not among the known ones."""
    return float(names.index(str(value))) if value in names else NAN


def slot_id(station_id: str, evse_id: object) -> str | None:
    """Return the id of a slot; None where a fault is of no slot."""
    return None if evse_id is None else f"{station_id}/{evse_id}"


def stage_id(code: str, failed_resets: int, failed_derates: int) -> str:
    """Return the id of how far a fault of a code has come: what has failed against it."""
    return f"{code}/{failed_resets}/{failed_derates}"


def _raised(payload: Payload) -> Iterable[Row]:
    fault = payload["fault"]
    component = str(fault["component"])
    yield Row(
        (
            fault["id"],
            fault["station_id"],
            slot_id(fault["station_id"], fault.get("evse_id")),
            str(fault["code"]),
        ),
        (
            place_of(CODES, fault["code"]),
            place_of(COMPONENTS, component),
            place_of(SEVERITIES, fault.get("severity")),
            place_of(SOURCES, fault.get("source")),
            number(fault, "earlier_faults"),
            float(component == "SLOT"),
            float(component == "CHARGER"),
            float(fault.get("pause") == "STATION"),
        ),
    )


FAULTS: Final = TableSpec(
    "faults",
    ("fault", "station", "slot", "fault_code"),
    (
        "code",
        "component",
        "severity",
        "source",
        "earlier_faults",
        "is_of_slot",
        "is_of_charger",
        "closes_station",
    ),
    {"faults.fault.raised": _raised},
    kept=_KEPT,
)
"""One row a fault that was raised; `earlier_faults` of its kind and place in the day before."""


def _failed_command(payload: Payload) -> Iterable[Row]:
    command = payload["command"]
    if command.get("outcome") not in FAILED_OUTCOMES or command["action"] not in _REMOTE:
        return
    yield Row(
        (payload["fault_id"], payload["station_id"]),
        tuple(float(command["action"] == action) for action in _REMOTE),
    )


FAILED_COMMANDS: Final = TableSpec(
    "failed_commands",
    ("fault", "station"),
    ("is_reset", "is_derate"),
    {"faults.command.settled": _failed_command},
    kept=_KEPT,
)
"""One row a command that should have ended a fault and did not."""


def _attempts(fault: Payload) -> list[Payload]:
    """Return what was tried since the fault was raised, or reopened: what was before has been counted."""
    since = time_ms(fault, "reopened_at") or 0
    return [attempt for attempt in fault.get("attempts", ()) if (time_ms(attempt, "issued_at") or 0) >= since]


def _ending_action(attempts: Sequence[Payload]) -> str | None:
    """Return the action that ended the fault: the last that worked. None where it ended without any."""
    worked = [str(attempt["action"]) for attempt in attempts if attempt.get("outcome") == _WORKED]
    return worked[-1] if worked else None


def _share_worked(attempts: Sequence[Payload], action: str) -> float:
    outcomes = [attempt.get("outcome") for attempt in attempts if attempt["action"] == action]
    judged = [outcome for outcome in outcomes if outcome == _WORKED or outcome in FAILED_OUTCOMES]
    return judged.count(_WORKED) / len(judged) if judged else NAN


def _one_hot(action: str | None) -> tuple[float, ...]:
    return tuple(NAN if action is None else float(action == name) for name in ACTIONS)


def _ended(payload: Payload) -> Iterable[Row]:
    fault = payload["fault"]
    attempts = _attempts(fault)
    action = _ending_action(attempts)
    begun = time_ms(fault, "reopened_at") or time_ms(fault, "raised_at")
    on_site = [
        minutes_between(time_ms(attempt, "issued_at"), time_ms(attempt, "settled_at"))
        for attempt in attempts
        if attempt.get("level") == _PEOPLES_LEVEL
    ]
    minutes = minutes_between(begun, time_ms(fault, "resolved_at"))
    slot = slot_id(fault["station_id"], fault.get("evse_id"))
    yield Row(
        (fault["id"], fault["station_id"], slot, str(fault["code"])),
        (
            NAN if action is None else place_of(ACTIONS, action),
            *_one_hot(action),
            minutes,
            _share_worked(attempts, "RESET_MODULE"),
            _share_worked(attempts, "DERATE_CHARGING"),
            on_site[-1] if on_site else NAN,
            minutes if fault.get("pause") == "STATION" else NAN,
        ),
    )


ENDED: Final = tuple(f"ended_by_{action.lower()}" for action in ACTIONS)
ENDED_FAULTS: Final = TableSpec(
    "ended_faults",
    ("fault", "station", "slot", "fault_code"),
    ("action", *ENDED, "minutes", "reset_worked", "derate_worked", "on_site_minutes", "closed_minutes"),
    {"faults.fault.resolved": _ended},
    kept=_KEPT,
)
"""One row a fault that ended: by which action (the number of it, and 1 in its column), after how many minutes, and what share of
its resets and deratings worked; `on_site_minutes` from its ticket to its repair, `closed_minutes` where it closed the station."""


def _stages(payload: Payload) -> Iterator[Row]:
    fault: dict[str, Any] = payload["fault"]
    attempts = _attempts(fault)
    action, ended = _ending_action(attempts), time_ms(fault, "resolved_at")
    failed = dict.fromkeys(_REMOTE, 0)
    begun = time_ms(fault, "reopened_at") or time_ms(fault, "raised_at")
    yield _stage(fault, failed, action, minutes_between(begun, ended))
    for attempt in attempts:
        if attempt["action"] in failed and attempt.get("outcome") in FAILED_OUTCOMES:
            failed[attempt["action"]] += 1
            yield _stage(fault, failed, action, minutes_between(time_ms(attempt, "settled_at"), ended))


def _stage(fault: Payload, failed: dict[str, int], action: str | None, minutes: float) -> Row:
    stage = stage_id(str(fault["code"]), failed["RESET_MODULE"], failed["DERATE_CHARGING"])
    return Row((stage, str(fault["code"])), (*_one_hot(action), minutes))


STAGES: Final = TableSpec(
    "fault_stages",
    ("fault_stage", "fault_code"),
    (*ENDED, "minutes"),
    {"faults.fault.resolved": _stages},
    kept=_KEPT,
)
"""One row each stage that an ended fault came through (`stage_id`): what ended it, and how many minutes after the stage began."""
