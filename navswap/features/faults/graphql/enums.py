"""The enums of faults at the edge, each value explained."""

from navswap.features.faults.domain.catalogue import Action, Component, FaultCode, Pause, Severity
from navswap.features.faults.domain.readings import ReadingRejection
from navswap.features.faults.domain.values import (
    FaultSource,
    FaultState,
    Outcome,
    TicketEventKind,
    TicketState,
)
from navswap.graphql.enums import describe_enum

describe_enum(
    Component,
    "The part of a station that has a fault.",
    {
        "STATION": "The station as a whole, such as its supply.",
        "SLOT": "A slot: its latch, its housing.",
        "CHARGER": "The charger module of a slot.",
        "PACK": "A pack in a slot.",
        "COMMUNICATION": "The link to the station.",
    },
    name="FaultComponent",
)
describe_enum(
    Severity,
    "How fast people must have dealt with a fault that is left to them.",
    {
        "CRITICAL": "Within 30 minutes, unless the operator has set another time.",
        "MAJOR": "Within 120 minutes, unless the operator has set another time.",
        "MINOR": "Within 480 minutes, unless the operator has set another time.",
    },
    name="FaultSeverity",
)
describe_enum(
    Pause,
    "What a fault takes out of use at once.",
    {
        "NOTHING": "Nothing: it is watched.",
        "SLOT_LOCKED": "Its slot, as a precaution.",
        "SLOT_FAULTED": "Its slot, which is broken.",
        "PACK": "Its pack, which is faulty now.",
        "STATION": "The whole station.",
    },
    name="FaultPause",
)
describe_enum(
    Action,
    "What can be done about a fault.",
    {
        "RESET_MODULE": "Restart the module; by command.",
        "LOCK_SLOT": "Latch the slot and keep it out of use; by command.",
        "DERATE_CHARGING": "Charge with less power; by command.",
        "REROUTE_RIDERS": "Close the station and move its riders to others.",
        "SWAP_MODULE": "Exchange the module on site.",
        "SEND_TECHNICIAN": "Repair on site.",
    },
    name="FaultAction",
)
describe_enum(
    FaultCode,
    "What is wrong.",
    {
        "SLOT_HOT": "A slot is at 55 °C or above.",
        "SLOT_OVERHEATED": "A slot is at 70 °C or above.",
        "SLOT_FAILED": "A slot reports an error.",
        "LATCH_STUCK": "A slot does not open or close.",
        "CHARGER_OVERHEATED": "A charger is at 80 °C or above.",
        "CHARGER_OVERCURRENT": "A charger draws 40 A or more.",
        "CHARGER_FAILED": "A charger reports an error.",
        "GROUND_FAULT": "Current leaks to earth.",
        "METER_FAILED": "The meter of a slot does not count.",
        "PACK_OVERHEATED": "A pack is at 60 °C or above.",
        "PACK_FAILED": "A pack reports an error.",
        "STATION_POWER_LOST": "The supply of the station is gone or too low.",
        "STATION_FAILED": "The controller of the station reports an error.",
        "STATION_DAMAGED": "The station is damaged.",
        "STATION_OFFLINE": "The station is silent.",
    },
)
describe_enum(
    FaultSource,
    "Who reported a fault.",
    {
        "TELEMETRY": "A reading of the station.",
        "HEARTBEAT": "The clock: a station that sends heartbeats is silent.",
        "RIDER": "A rider; nothing but the slot or pack named is paused on it.",
        "STAFF": "A member of staff.",
        "ADMIN": "An administrator.",
    },
)
describe_enum(
    FaultState,
    "Who deals with a fault.",
    {
        "ACTING": "A command is under way.",
        "ANALYSING": "The next action is about to be chosen.",
        "TICKETED": "People: it has a ticket.",
        "RESOLVED": "It is over.",
    },
)
describe_enum(
    Outcome,
    "What became of a command.",
    {
        "PENDING": "Not known yet.",
        "SUCCEEDED": "It worked: telemetry, or the station's answer for a lock, shows it.",
        "REJECTED": "The station refused it.",
        "TIMED_OUT": "It did not work in its time.",
        "OVERTAKEN": "The fault ended before it was known.",
        "RELAPSED": "It seemed to work, but the fault was reopened.",
    },
    name="FaultAttemptOutcome",
)
describe_enum(
    ReadingRejection,
    "Why a reading was not used.",
    {
        "TOO_OLD": "Measured more than 15 minutes ago.",
        "FROM_THE_FUTURE": "Measured more than a minute from now.",
        "NO_SUCH_SLOT": "The station has no such slot, or none was named.",
        "NO_SUCH_PACK": "No slot of the station has such a pack, or none was named.",
        "IMPOSSIBLE_VALUE": "The temperature is not -60 to 1,500 °C, or the current not -1,000 to 1,000 A; look at "
        "the sensor.",
    },
)
describe_enum(
    TicketState,
    "The life of a ticket.",
    {
        "OPEN": "It is assigned to no user.",
        "ASSIGNED": "It is assigned to a user.",
        "RESOLVED": "The fault is over.",
    },
)
describe_enum(
    TicketEventKind,
    "What happened to a ticket.",
    {
        "OPENED": "The fault was left to people.",
        "ASSIGNED": "It was assigned to a user.",
        "ESCALATED": "Its SLA time was up, once more.",
        "RESOLVED": "The fault ended.",
        "REOPENED": "The repair did not last.",
    },
    name="TicketEventKind",
)
