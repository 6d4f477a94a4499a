"""Visits of riders: how long one takes at a station, and how long they are promised to wait for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitParameters:
    """What an operator plans visits by; several slices decide by it.

    `service_minutes` is the time at the station of one swap, from scan to ride-off; `promised_wait_minutes` is the
    longest wait that riders are promised. Both are above 0.
    """

    service_minutes: float = 2.0
    promised_wait_minutes: float = 10.0

    def __post_init__(self) -> None:
        if self.service_minutes <= 0 or self.promised_wait_minutes <= 0:
            raise ValueError("a visit takes more than 0 minutes, and a promised wait is more than 0 minutes")
