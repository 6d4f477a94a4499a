"""The catalogue of faults: what each code means, what it pauses, and what is tried against it first. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Component(StrEnum):
    """The part of a station that has a fault."""

    STATION = "STATION"
    SLOT = "SLOT"
    CHARGER = "CHARGER"
    PACK = "PACK"
    COMMUNICATION = "COMMUNICATION"


class Severity(StrEnum):
    """How fast a person must have dealt with a fault that is left to people."""

    CRITICAL = "CRITICAL"
    MAJOR = "MAJOR"
    MINOR = "MINOR"


class Pause(StrEnum):
    """What a fault takes out of use at once."""

    NOTHING = "NOTHING"
    SLOT_LOCKED = "SLOT_LOCKED"
    SLOT_FAULTED = "SLOT_FAULTED"
    PACK = "PACK"
    STATION = "STATION"


class Action(StrEnum):
    """What can be done about a fault."""

    RESET_MODULE = "RESET_MODULE"
    LOCK_SLOT = "LOCK_SLOT"
    DERATE_CHARGING = "DERATE_CHARGING"
    REROUTE_RIDERS = "REROUTE_RIDERS"
    SWAP_MODULE = "SWAP_MODULE"
    SEND_TECHNICIAN = "SEND_TECHNICIAN"


CONTAINING = frozenset({Action.LOCK_SLOT, Action.REROUTE_RIDERS})
"""Actions that keep people and packs away from a fault; the others shall end it."""

MANUAL = frozenset({Action.SWAP_MODULE, Action.SEND_TECHNICIAN})
"""Actions that need a person; they are what a ticket recommends."""


class FaultCode(StrEnum):
    """What is wrong."""

    SLOT_HOT = "SLOT_HOT"
    SLOT_OVERHEATED = "SLOT_OVERHEATED"
    SLOT_FAILED = "SLOT_FAILED"
    LATCH_STUCK = "LATCH_STUCK"
    CHARGER_OVERHEATED = "CHARGER_OVERHEATED"
    CHARGER_OVERCURRENT = "CHARGER_OVERCURRENT"
    CHARGER_FAILED = "CHARGER_FAILED"
    GROUND_FAULT = "GROUND_FAULT"
    METER_FAILED = "METER_FAILED"
    PACK_OVERHEATED = "PACK_OVERHEATED"
    PACK_FAILED = "PACK_FAILED"
    STATION_POWER_LOST = "STATION_POWER_LOST"
    STATION_FAILED = "STATION_FAILED"
    STATION_DAMAGED = "STATION_DAMAGED"
    STATION_OFFLINE = "STATION_OFFLINE"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a playbook: an action, the minutes within which it must have worked, and how often it is tried."""

    action: Action
    within_minutes: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds for a code.

    `ends_by_itself`: healthy readings close it even while it waits for a person; others need a person's word then.
    """

    component: Component
    severity: Severity
    pause: Pause
    playbook: tuple[Step, ...] = ()
    ends_by_itself: bool = False


_RESET = Step(Action.RESET_MODULE, 3, 2)
_RESET_ONCE = Step(Action.RESET_MODULE, 3, 1)
_LOCK = Step(Action.LOCK_SLOT, 2, 2)
_REROUTE = Step(Action.REROUTE_RIDERS, 5, 1)

KINDS: Mapping[FaultCode, Kind] = {
    FaultCode.SLOT_HOT: Kind(
        Component.SLOT,
        Severity.MINOR,
        Pause.NOTHING,
        (Step(Action.DERATE_CHARGING, 10, 1),),
        ends_by_itself=True,
    ),
    FaultCode.SLOT_OVERHEATED: Kind(Component.SLOT, Severity.CRITICAL, Pause.SLOT_FAULTED, (_LOCK,)),
    FaultCode.SLOT_FAILED: Kind(Component.SLOT, Severity.MAJOR, Pause.SLOT_FAULTED, (_RESET,)),
    FaultCode.LATCH_STUCK: Kind(Component.SLOT, Severity.MAJOR, Pause.SLOT_FAULTED, (_RESET,)),
    FaultCode.CHARGER_OVERHEATED: Kind(
        Component.CHARGER,
        Severity.MAJOR,
        Pause.SLOT_LOCKED,
        (Step(Action.DERATE_CHARGING, 10, 1), _RESET_ONCE),
    ),
    FaultCode.CHARGER_OVERCURRENT: Kind(
        Component.CHARGER,
        Severity.MAJOR,
        Pause.SLOT_LOCKED,
        (Step(Action.DERATE_CHARGING, 5, 1), _RESET_ONCE),
    ),
    FaultCode.CHARGER_FAILED: Kind(Component.CHARGER, Severity.MAJOR, Pause.SLOT_FAULTED, (_RESET,)),
    FaultCode.GROUND_FAULT: Kind(Component.CHARGER, Severity.CRITICAL, Pause.SLOT_FAULTED, (_LOCK,)),
    FaultCode.METER_FAILED: Kind(
        Component.CHARGER, Severity.MINOR, Pause.NOTHING, (_RESET_ONCE,), ends_by_itself=True
    ),
    FaultCode.PACK_OVERHEATED: Kind(Component.PACK, Severity.CRITICAL, Pause.PACK, (_LOCK,)),
    FaultCode.PACK_FAILED: Kind(Component.PACK, Severity.MAJOR, Pause.PACK),
    FaultCode.STATION_POWER_LOST: Kind(
        Component.STATION, Severity.CRITICAL, Pause.STATION, (_REROUTE,), ends_by_itself=True
    ),
    FaultCode.STATION_FAILED: Kind(Component.STATION, Severity.MAJOR, Pause.STATION, (_REROUTE, _RESET)),
    FaultCode.STATION_DAMAGED: Kind(Component.STATION, Severity.MAJOR, Pause.STATION, (_REROUTE,)),
    FaultCode.STATION_OFFLINE: Kind(
        Component.COMMUNICATION,
        Severity.MAJOR,
        Pause.STATION,
        (_REROUTE, Step(Action.RESET_MODULE, 5, 2)),
        ends_by_itself=True,
    ),
}

REMOTE: Mapping[Component, tuple[Action, ...]] = {
    Component.STATION: (Action.RESET_MODULE,),
    Component.SLOT: (Action.RESET_MODULE, Action.DERATE_CHARGING),
    Component.CHARGER: (Action.RESET_MODULE, Action.DERATE_CHARGING),
    Component.PACK: (),
    Component.COMMUNICATION: (Action.RESET_MODULE,),
}
"""What a station can be commanded to do against a fault of each component."""

PEOPLE: Mapping[Component, tuple[Action, ...]] = {
    Component.STATION: (Action.SEND_TECHNICIAN,),
    Component.SLOT: (Action.SWAP_MODULE, Action.SEND_TECHNICIAN),
    Component.CHARGER: (Action.SWAP_MODULE, Action.SEND_TECHNICIAN),
    Component.PACK: (Action.SEND_TECHNICIAN,),
    Component.COMMUNICATION: (Action.SEND_TECHNICIAN,),
}
"""What people can do against it."""

GENERIC: Mapping[Component, FaultCode] = {
    Component.STATION: FaultCode.STATION_FAILED,
    Component.SLOT: FaultCode.SLOT_FAILED,
    Component.CHARGER: FaultCode.CHARGER_FAILED,
    Component.PACK: FaultCode.PACK_FAILED,
}
"""The fault that an error code of a device stands for unless it is named below."""

DEVICE_CODES: Mapping[tuple[Component, str], FaultCode] = {
    (Component.SLOT, "ConnectorLockFailure"): FaultCode.LATCH_STUCK,
    (Component.SLOT, "HighTemperature"): FaultCode.SLOT_OVERHEATED,
    (Component.CHARGER, "HighTemperature"): FaultCode.CHARGER_OVERHEATED,
    (Component.CHARGER, "OverCurrentFailure"): FaultCode.CHARGER_OVERCURRENT,
    (Component.CHARGER, "GroundFailure"): FaultCode.GROUND_FAULT,
    (Component.CHARGER, "PowerMeterFailure"): FaultCode.METER_FAILED,
    (Component.PACK, "HighTemperature"): FaultCode.PACK_OVERHEATED,
    (Component.STATION, "UnderVoltage"): FaultCode.STATION_POWER_LOST,
}
"""What OCPP's error codes (ChargePointErrorCode) mean where the generic fault would say too little."""

NO_ERROR = "NoError"
"""OCPP's word for health."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A measured value at or above `raises` is a fault; it is over once the value is at or below `clears`."""

    code: FaultCode
    raises: float
    clears: float


TEMPERATURE_CELSIUS: Mapping[Component, tuple[Limit, ...]] = {
    Component.SLOT: (Limit(FaultCode.SLOT_OVERHEATED, 70, 55), Limit(FaultCode.SLOT_HOT, 55, 45)),
    Component.CHARGER: (Limit(FaultCode.CHARGER_OVERHEATED, 80, 60),),
    Component.PACK: (Limit(FaultCode.PACK_OVERHEATED, 60, 45),),
}
"""By component, the worst first; lithium cells must not be charged above 45 °C and vent far above 60 °C."""

CURRENT_AMPERES: Mapping[Component, tuple[Limit, ...]] = {
    Component.CHARGER: (Limit(FaultCode.CHARGER_OVERCURRENT, 40, 36),),
}
"""A slot charges at 30 A at most."""
