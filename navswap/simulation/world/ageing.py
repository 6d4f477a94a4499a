"""How packs lose health: by the calendar and by cycles, faster where it is hot, full or deep; a function without chance.

Chosen so that a pack of three and a half years and 700 cycles, as the demonstration has, is at about 88 %.
"""

import math

CALENDAR_PERCENT_A_DAY = 0.0033
"""At 25 °C and half charge: 1.2 % a year."""
CYCLE_PERCENT = 0.0105
"""For a whole charge (0 to 100 %) at 25 °C and the usual power."""
USUAL_C_RATE = 0.5
DAYS_TO_DOUBLE_CELSIUS = 12.0
"""So many °C more double the loss by the calendar."""
LEAST_SOH_PERCENT = 40.0


def calendar_loss_percent(days: float, celsius: float = 25.0, soc_percent: float = 50.0) -> float:
    """Return the health in percentage points that so many days take; a full pack ages faster than an empty one."""
    warmth = math.pow(2.0, (celsius - 25.0) / DAYS_TO_DOUBLE_CELSIUS)
    fullness = 0.6 + 0.8 * soc_percent / 100
    return CALENDAR_PERCENT_A_DAY * max(0.0, days) * warmth * fullness


def charge_loss_percent(
    soc_from: float, soc_to: float, celsius: float = 25.0, c_rate: float = USUAL_C_RATE
) -> float:
    """Return the health in percentage points that one charge takes.

    `c_rate` is power over capacity (1 an hour). One deep charge takes more than two half as deep, and charging in the cold
    (below 10 °C) or heat (above 35 °C) more than in between.
    """
    depth = max(0.0, soc_to - soc_from) / 100
    stress = 1 + 0.03 * max(0.0, celsius - 35) + 0.05 * max(0.0, 10 - celsius)
    haste = 1 + 0.3 * max(0.0, c_rate - USUAL_C_RATE) / USUAL_C_RATE
    return CYCLE_PERCENT * math.pow(depth, 1.15) * stress * haste


def worn(soh_percent: float, loss_percent: float) -> float:
    """Return the health after a loss, at least 40 %."""
    return max(LEAST_SOH_PERCENT, soh_percent - loss_percent)
