"""The 13 models, one module each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from navswap.kit.errors import NavSwapError
from navswap.ml.catalog.action import ACTION
from navswap.ml.catalog.arrival import ARRIVAL
from navswap.ml.catalog.battery_usage import BATTERY_USAGE
from navswap.ml.catalog.energy_stability import ENERGY_STABILITY
from navswap.ml.catalog.fault import FAULT
from navswap.ml.catalog.load import LOAD
from navswap.ml.catalog.micro_traffic import MICRO_TRAFFIC
from navswap.ml.catalog.partner_storage import PARTNER_STORAGE
from navswap.ml.catalog.rebalancing import REBALANCING
from navswap.ml.catalog.staff_diversion import STAFF_DIVERSION
from navswap.ml.catalog.station_reliability import STATION_RELIABILITY
from navswap.ml.catalog.stock_order import STOCK_ORDER
from navswap.ml.catalog.traffic import TRAFFIC
from navswap.ml.spec import ModelSpec

CATALOG: Final[Mapping[str, ModelSpec]] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            LOAD,
            FAULT,
            ACTION,
            TRAFFIC,
            MICRO_TRAFFIC,
            ARRIVAL,
            BATTERY_USAGE,
            REBALANCING,
            STAFF_DIVERSION,
            STOCK_ORDER,
            PARTNER_STORAGE,
            ENERGY_STABILITY,
            STATION_RELIABILITY,
        )
    }
)
"""All models by name, in the order of `docs/intelligence.md`."""


class UnknownModelError(NavSwapError):
    """There is no model of that name; the message names those that there are."""

    code = "UNKNOWN_MODEL"


def find_model(name: str) -> ModelSpec:
    """Return a model by its name; raises UnknownModelError."""
    try:
        return CATALOG[name]
    except KeyError:
        raise UnknownModelError(f"There is no model {name!r}; choose from {', '.join(CATALOG)}.") from None
