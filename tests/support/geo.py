"""Points that lie somewhere seen from another."""

import math

from navswap.kit.geo import EARTH_RADIUS_METRES, Point


def destination(start: Point, bearing_degrees: float, distance: float) -> Point:
    """Return the point `distance` metres from `start` along a bearing (0 north, 90 east)."""
    angle = distance / EARTH_RADIUS_METRES
    bearing = math.radians(bearing_degrees)
    latitude = math.radians(start.latitude)
    end_latitude = math.asin(
        math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing)
    )
    turned = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(end_latitude),
    )
    longitude = (start.longitude + math.degrees(turned) + 540) % 360 - 180
    return Point(longitude, math.degrees(end_latitude))
