"""What readings say of the health of packs: how much each was charged, and how it fares once a day."""

from datetime import datetime

from navswap.features.packs.domain.values import Pack, PackReading
from navswap.features.packs.events import HealthMeasured
from navswap.kit.lifecycle import Transition
from navswap.kit.values import replace


def is_due(pack: Pack, now: datetime) -> bool:
    """Return whether the health of a pack was not published on this day (UTC)."""
    return pack.usage.published_on != now.date().isoformat()


def record(
    step: Transition[Pack], reading: PackReading, capacity_kwh: float | None, now: datetime
) -> Transition[Pack]:
    """Return a reading that was taken over (`fitness.report`) with what it says of use and health.

    The first one of a day (UTC) is published; `capacity_kwh` is that of the pack's model as new, None where it is unknown.
    """
    before, after = step.before or step.after, step.after
    usage = replace(
        after.usage,
        charged_percent=after.usage.charged_percent + max(0.0, after.soc_percent - before.soc_percent),
        temperature_celsius=after.usage.temperature_celsius
        if reading.temperature_celsius is None
        else reading.temperature_celsius,
    )
    if not is_due(before, now):
        return Transition(step.before, replace(after, usage=usage), step.facts)
    used = replace(after, usage=replace(usage, published_on=now.date().isoformat()))
    return Transition(step.before, used, (*step.facts, HealthMeasured.of(used, capacity_kwh, now)))
