"""Bounded numbers of the domain: the bounds are part of the type, and are checked where a value is stored or read."""

from typing import Annotated

from annotated_types import Ge, Gt, Interval

Percent = Annotated[float, Interval(ge=0, le=100)]
"""0 to 100 %."""
Count = Annotated[int, Ge(0)]
"""A number of things, at least 0."""
Positive = Annotated[int, Ge(1)]
"""A number of things, at least 1; also a slot number (OCPP's EVSE ids start at 1)."""
Metres = Annotated[float, Ge(0)]
Minutes = Annotated[float, Ge(0)]
Kilowatts = Annotated[float, Ge(0)]
KilowattHours = Annotated[float, Gt(0)]
