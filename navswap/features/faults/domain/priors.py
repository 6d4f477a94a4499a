"""What is believed of an action against a fault before anything was tried: the prior of the analysis.

Pseudo-counts of a Beta distribution, by judgement, and small enough that some ten tries outweigh them. To replace them,
count the outcomes of a fleet that was observed for a year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from navswap.features.faults.domain.catalogue import KINDS, Action, Component, FaultCode


@dataclass(frozen=True, slots=True)
class Prior:
    """Successes and failures that an action starts with, both above 0."""

    successes: float
    failures: float


UNKNOWN = Prior(1.0, 1.0)
"""Of an action that no table names: as likely to work as not."""

BY_COMPONENT: Mapping[tuple[Component, Action], Prior] = MappingProxyType(
    {
        (Component.STATION, Action.RESET_MODULE): Prior(2.0, 2.0),
        (Component.SLOT, Action.RESET_MODULE): Prior(2.0, 2.0),
        (Component.CHARGER, Action.RESET_MODULE): Prior(2.0, 2.0),
        (Component.COMMUNICATION, Action.RESET_MODULE): Prior(3.0, 1.0),  # most modems come back by a restart
        (Component.SLOT, Action.SWAP_MODULE): Prior(4.0, 1.0),
        (Component.CHARGER, Action.SWAP_MODULE): Prior(4.0, 1.0),
        (Component.STATION, Action.SEND_TECHNICIAN): Prior(9.0, 1.0),
        (Component.SLOT, Action.SEND_TECHNICIAN): Prior(9.0, 1.0),
        (Component.CHARGER, Action.SEND_TECHNICIAN): Prior(9.0, 1.0),
        (Component.PACK, Action.SEND_TECHNICIAN): Prior(9.0, 1.0),
        (Component.COMMUNICATION, Action.SEND_TECHNICIAN): Prior(9.0, 1.0),
    }
)
"""What holds for all faults of a component."""

BY_CODE: Mapping[tuple[FaultCode, Action], Prior] = MappingProxyType(
    {
        (FaultCode.SLOT_HOT, Action.DERATE_CHARGING): Prior(3.0, 1.0),  # less current is less heat
        (FaultCode.SLOT_HOT, Action.RESET_MODULE): Prior(1.0, 3.0),
        (FaultCode.LATCH_STUCK, Action.RESET_MODULE): Prior(
            1.0, 2.0
        ),  # a mechanical fault: a restart moves it once
        (FaultCode.LATCH_STUCK, Action.DERATE_CHARGING): Prior(1.0, 9.0),
        (FaultCode.CHARGER_OVERHEATED, Action.DERATE_CHARGING): Prior(3.0, 1.0),
        (FaultCode.CHARGER_OVERHEATED, Action.RESET_MODULE): Prior(1.0, 2.0),
        (FaultCode.CHARGER_OVERCURRENT, Action.DERATE_CHARGING): Prior(2.0, 1.0),
        (FaultCode.METER_FAILED, Action.RESET_MODULE): Prior(2.0, 1.0),
    }
)
"""What is known better of a code."""


def prior_of(code: FaultCode, action: Action) -> Prior:
    """Return the prior of an action against a code: that of the code, else of its component, else of the unknown."""
    of_component = BY_COMPONENT.get((KINDS[code].component, action), UNKNOWN)
    return BY_CODE.get((code, action), of_component)
