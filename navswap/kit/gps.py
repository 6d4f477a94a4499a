"""What a GPS receiver measured."""

from dataclasses import dataclass
from datetime import datetime

from navswap.kit.geo import Point


@dataclass(frozen=True, slots=True)
class GpsPoint:
    """One fix of a receiver; `recorded_at` is the time of the fix, not of its sending.

    Accuracy (the radius of 68 % confidence) and speed are 0 or more, the heading is 0 to 360 degrees clockwise
    from north; None where the receiver did not report it. Raises ValueError for anything else.
    """

    subject_id: str
    point: Point
    recorded_at: datetime
    accuracy_metres: float | None = None
    speed_metres_per_second: float | None = None
    heading_degrees: float | None = None

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise ValueError("the time of a position needs a time zone")
        if self.accuracy_metres is not None and not self.accuracy_metres >= 0:
            raise ValueError(f"accuracy {self.accuracy_metres} m must be 0 or more")
        if self.speed_metres_per_second is not None and not self.speed_metres_per_second >= 0:
            raise ValueError(f"speed {self.speed_metres_per_second} m/s must be 0 or more")
        if self.heading_degrees is not None and not 0 <= self.heading_degrees <= 360:
            raise ValueError(f"heading {self.heading_degrees} must lie in [0, 360] degrees")
