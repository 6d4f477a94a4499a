"""Pure decisions of energy: what a kilowatt-hour costs when, which pack charges when, what a meter reading means."""

from navswap.features.energy.rules.charging import (
    CHARGE_EFFICIENCY,
    CHARGER_KW,
    DERATED_KW,
    PACK_KWH,
    ChargingPack,
    ChargingPlan,
    PlannedStep,
    charging_plan,
    setpoints,
    wanted_by,
)
from navswap.features.energy.rules.metering import Consumption, split_by_hour
from navswap.features.energy.rules.tariffs import (
    FLAT,
    DayKind,
    Period,
    PowerLimit,
    Prices,
    Step,
    charging_steps,
    cover_the_week,
)

__all__ = [
    "CHARGER_KW",
    "CHARGE_EFFICIENCY",
    "DERATED_KW",
    "FLAT",
    "PACK_KWH",
    "ChargingPack",
    "ChargingPlan",
    "Consumption",
    "DayKind",
    "Period",
    "PlannedStep",
    "PowerLimit",
    "Prices",
    "Step",
    "charging_plan",
    "charging_steps",
    "cover_the_week",
    "setpoints",
    "split_by_hour",
    "wanted_by",
]
