"""Places at the edge."""

from typing import Self

import strawberry

from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Area, Point


@strawberry.type(description="A place on the earth (WGS 84).")
class Coordinates:
    """A point as clients see it."""

    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")

    @classmethod
    def of(cls, point: Point) -> Self:
        """Build the view of a point."""
        return cls(longitude=point.longitude, latitude=point.latitude)


@strawberry.input(description="A place on the earth (WGS 84).")
class CoordinatesInput:
    """A point as clients give it."""

    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")

    def to_point(self) -> Point:
        """Return the point; raises InvalidInputError, whose field is this input."""
        try:
            return Point(self.longitude, self.latitude)
        except ValueError as error:
            raise InvalidInputError("", f"{error}.") from error


@strawberry.input(description="A box between two meridians and two parallels; west > east crosses 180°.")
class AreaInput:
    """A box as clients give it."""

    west: float = strawberry.field(description="Western edge, degrees east, -180 to 180.")
    south: float = strawberry.field(description="Southern edge, degrees north, -90 to 90.")
    east: float = strawberry.field(description="Eastern edge, degrees east, -180 to 180.")
    north: float = strawberry.field(description="Northern edge, degrees north, -90 to 90; not below south.")

    def to_area(self) -> Area:
        """Return the box; raises InvalidInputError, whose field is this input."""
        try:
            return Area(self.west, self.south, self.east, self.north)
        except ValueError as error:
            raise InvalidInputError("", f"{error}.") from error
