"""Depots and their orders."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Gt, Interval

from navswap.kit.charging import STANDARD_PACK
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.units import Count, Positive

MAX_PACKS = 100_000
"""Most packs of one order."""


@dataclass(frozen=True, slots=True)
class Depot:
    """A depot of packs; its costs are credits for a pack and day, and only their ratio matters."""

    id: str
    name: str
    time_zone: str
    """IANA name; its days are local."""
    lead_time_days: Annotated[int, Interval(ge=1, le=365)] = 14
    shortage_cost: Annotated[float, Gt(0)] = 19.0
    """Of a pack that is missing for a day."""
    holding_cost: Annotated[float, Gt(0)] = 1.0
    """Of a pack that lies there for a day."""
    point: Point | None = None
    """Where it is; None where that is not known yet: then no transporter has to be near."""
    revision: int = 1


class OrderState(StrEnum):
    """The life of a stock order."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"
    RECEIVED = "RECEIVED"


@dataclass(frozen=True, slots=True)
class OrderInputs:
    """What a proposal was computed from: the demand forecast, the costs of the depot and what it has."""

    mean_per_day: float
    sigma_per_day: float
    observed_days: Count
    source: Source
    lead_time_days: int
    service_level: float
    base_stock: Count
    on_hand: Count
    on_order: Count
    to_replace: Count
    as_of: datetime
    model: str = ""
    """The model that forecast the demand, with its version; empty where a rule did."""


@dataclass(frozen=True, slots=True)
class StockOrder:
    """Packs of one model that a depot should order; there is one proposal a depot, model and day."""

    id: str
    depot_id: str
    day: str
    """Local day of the proposal, ISO text."""
    packs: Positive
    inputs: OrderInputs
    proposed_at: datetime
    pack_model_id: str = STANDARD_PACK.id
    state: OrderState = OrderState.PROPOSED
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str = ""
    received: tuple[str, ...] = field(default=())
    """Serial numbers of the packs that have come."""
    received_at: datetime | None = None
    revision: int = 1

    @property
    def packs_on_order(self) -> int:
        """Return how many packs are still to come."""
        return self.packs - len(self.received) if self.state is OrderState.APPROVED else 0
