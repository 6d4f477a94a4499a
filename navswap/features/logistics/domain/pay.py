"""What a job pays."""

from navswap.features.logistics.domain.parameters import PayParameters


def reward_credits(packs: int, promised: int, trip_minutes: float, pay: PayParameters) -> int:
    """Return what a job pays when all its packs are delivered."""
    base = pay.trip_credits + pay.minute_credits * trip_minutes + pay.pack_credits * packs
    return round(base * (pay.promise_factor if promised else 1.0))


def earned_credits(reward: int, packs: int, delivered: int) -> int:
    """Return what is paid for a part of the packs: as large a part of the reward, rounded down."""
    if not 0 <= delivered <= packs:
        raise ValueError(f"{delivered} of {packs} packs cannot have been delivered")
    return reward * delivered // packs
