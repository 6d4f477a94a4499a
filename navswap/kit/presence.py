"""Proof of place: whether a user is where a decision needs it, by the newest position. One rule for all slices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from navswap.kit.geo import Point, distance_metres


class Fix(Protocol):
    """Where a user was, and when."""

    @property
    def point(self) -> Point:
        """Return where."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """Return when."""
        ...


@dataclass(frozen=True, slots=True)
class PlaceProof:
    """What proves that a user is at a place: a position within its fence that is not older than `position_age`.

    The fence is a circle of `fence_metres` around the place. Both are above 0.
    """

    fence_metres: float = 500.0
    position_age: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        if self.fence_metres <= 0 or self.position_age <= timedelta(0):
            raise ValueError("a fence is wider than 0 m, and a position may be older than 0 minutes")


def is_recent(latest: Fix, now: datetime, proof: PlaceProof) -> bool:
    """Return whether a position says where a user is now."""
    return latest.recorded_at >= now - proof.position_age


class AbsenceReason(StrEnum):
    """Why the newest position of a user does not prove presence."""

    NO_POSITION = "NO_POSITION"
    TOO_OLD = "TOO_OLD"
    TOO_FAR = "TOO_FAR"


@dataclass(frozen=True, slots=True)
class Absence:
    """What is missing of a proof of presence; `words` for a person, to follow a colon."""

    reason: AbsenceReason
    words: str


def find_absence(latest: Fix | None, place: Point, now: datetime, proof: PlaceProof) -> Absence | None:
    """Return why the newest position of a user does not prove presence; None where it does."""
    if latest is None:
        return Absence(AbsenceReason.NO_POSITION, "no position is known")
    if not is_recent(latest, now, proof):
        age, oldest = (span / timedelta(minutes=1) for span in (now - latest.recorded_at, proof.position_age))
        words = f"the newest position is {age:.1f} minutes old (at most {oldest:g})"
        return Absence(AbsenceReason.TOO_OLD, words)
    metres = distance_metres(latest.point, place)
    if metres > proof.fence_metres:
        words = f"the newest position is {metres:.0f} m away (at most {proof.fence_metres:g})"
        return Absence(AbsenceReason.TOO_FAR, words)
    return None
