"""What the model of actions says of one fault: which action ends it, how probably, and in how many minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Protocol

from navswap.kit.forecasts import Source
from navswap.ml.catalog.action import ACTION, FaultQuestion
from navswap.ml.serving import Forecast
from navswap.ml.tables.faults import ACTIONS, FAILED_OUTCOMES, slot_id


class AskedAttempt(Protocol):
    """An attempt at a fault, as the slice of faults knows it."""

    @property
    def action(self) -> str:
        """Return what was tried."""

    @property
    def outcome(self) -> str:
        """Return what came of it."""


class AskedFault(Protocol):
    """A fault, as the slice of faults knows it."""

    @property
    def id(self) -> str:
        """Return what identifies it."""

    @property
    def station_id(self) -> str:
        """Return where it is."""

    @property
    def evse_id(self) -> int | None:
        """Return the slot, None where it is of none."""

    @property
    def code(self) -> str:
        """Return what is wrong."""

    @property
    def component(self) -> str:
        """Return which part it is."""

    @property
    def severity(self) -> str:
        """Return how bad it is."""

    @property
    def source(self) -> str:
        """Return who reported it."""

    @property
    def raised_at(self) -> datetime:
        """Return since when it is known."""

    @property
    def earlier_faults(self) -> int:
        """Return how many of its kind and place there were in the day before."""

    @property
    def attempts(self) -> Sequence[AskedAttempt]:
        """Return what was tried against it."""


@dataclass(frozen=True, slots=True)
class ActionOdds:
    """Probabilities that an action is the one that ends the fault, by action, and the minutes until it is over."""

    shares: Mapping[str, float]
    minutes: float
    model: str


def question_of(fault: AskedFault) -> FaultQuestion:
    """Return a fault as the model is asked about it: what has just failed need not have reached the history."""
    failed = [str(attempt.action) for attempt in fault.attempts if attempt.outcome in FAILED_OUTCOMES]
    return FaultQuestion(
        fault_id=fault.id,
        station_id=fault.station_id,
        slot_id=slot_id(fault.station_id, fault.evse_id),
        code=fault.code,
        component=fault.component,
        severity=fault.severity,
        source=fault.source,
        raised_at=fault.raised_at,
        earlier_faults=fault.earlier_faults,
        failed_resets=failed.count("RESET_MODULE"),
        failed_derates=failed.count("DERATE_CHARGING"),
    )


def odds_of(forecast: Forecast) -> ActionOdds | None:
    """Return what is said of one fault; None where the model has not answered in numbers, or its station is unknown."""
    is_known = bool(forecast.rows.entity("station")[0] >= 0)
    said = {name: float(values[0]) for name, values in forecast.outputs.items()}
    if forecast.source is not Source.MODEL or not is_known or not all(map(isfinite, said.values())):
        return None
    return ActionOdds(
        {action: said[f"action_{action}"] for action in ACTIONS},
        said["minutes"],
        f"{ACTION.name} {forecast.version}",
    )
