"""The life of a transport job: its time, its price, its end."""

from datetime import datetime, timedelta

from navswap.features.logistics.documents import JobState

TRIP_CREDITS = 1_500
"""What going at all is worth, in credits (hundredths of the currency unit)."""
MINUTE_CREDITS = 150
"""What a minute of the trip from origin to target is worth."""
PACK_CREDITS = 300
"""What lifting one pack out of a slot and into another one is worth."""
PROMISE_FACTOR = 1.25
"""A load with promised packs is paid so much more: somebody waits for it."""

FIND_TAKER = timedelta(minutes=30)
"""How long a job stays open; what it rests on is too old then, and the next plan decides anew."""
HANDLING = timedelta(minutes=20)
"""Time to unlock, lift and scan at both ends."""
TRAFFIC = 1.5
"""How much longer than foreseen a drive may take before it is late."""
MAX_ATTEMPTS = 3
"""So many transporters may take a job and not fetch it; then it fails."""


def reward_credits(packs: int, promised: int, trip_minutes: float) -> int:
    """Return what a job pays when all its packs are delivered."""
    base = TRIP_CREDITS + MINUTE_CREDITS * trip_minutes + PACK_CREDITS * packs
    return round(base * (PROMISE_FACTOR if promised else 1.0))


def earned_credits(reward: int, packs: int, delivered: int) -> int:
    """Return what is paid for a part of the packs: as large a part of the reward, rounded down."""
    if not 0 <= delivered <= packs:
        raise ValueError(f"{delivered} of {packs} packs cannot have been delivered")
    return reward * delivered // packs


def open_until(now: datetime) -> datetime:
    """Return until when a job waits for a taker."""
    return now + FIND_TAKER


def work_until(now: datetime, pickup_minutes: float, trip_minutes: float) -> datetime:
    """Return until when a job that is taken now must be delivered."""
    return now + HANDLING + timedelta(minutes=TRAFFIC * (pickup_minutes + trip_minutes))


def outcome(packs: int, picked_up: int, delivered: int) -> JobState:
    """Return the state of a job after a scan: it ends once nothing of it is on board."""
    if delivered < picked_up:
        return JobState.IN_TRANSIT
    return JobState.DELIVERED if delivered == packs else JobState.PARTIAL


def end_of_stopped(delivered: int) -> JobState:
    """Return how a job ends that is given up: what was delivered before counts."""
    return JobState.PARTIAL if delivered else JobState.FAILED


def end_of_lapsed(state: JobState, attempts: int, delivered: int) -> JobState:
    """Return what becomes of a job past its deadline.

    One that was taken but not fetched is open again, up to a number of attempts; the others end.
    """
    if state is JobState.ACCEPTED and attempts < MAX_ATTEMPTS:
        return JobState.OPEN
    return end_of_stopped(delivered)
