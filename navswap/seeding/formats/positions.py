"""Where the records of a file are: decided for the file as a whole, then read for each record."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from navswap.kit.geo import Point
from navswap.seeding.formats.coordinates import Pair, centre, degrees, in_one
from navswap.seeding.formats.records import GEOMETRY, Record
from navswap.seeding.formats.reference_systems import code_of, refuse_projected, to_degrees
from navswap.seeding.formats.rows import BadRowError
from navswap.seeding.formats.values import is_empty, place
from navswap.seeding.formats.words import normal

_EAST_FIRST = ("xy", "lonlat", "lnglat", "longlat", "longitudelatitude", "wkt", "geom", "經緯度", "经纬度")
_NORTH_FIRST = (
    "geopoint2d",
    "geopoint",
    "coordonneesgeo",
    "coordonneesgeographiques",
    "latlng",
    "latlon",
    "latlong",
)
"""Names of arrays of latitude and longitude, as Opendatasoft writes them; others are longitude and latitude."""
_PARTS = {"e6": 1e6, "micro": 1e6, "e7": 1e7}
"""How many parts of a degree the numbers of a column count whose name ends so, such as `latE6`."""
_DEGREES_AT_MOST = 1000.0
"""Numbers beyond are no degrees, whatever is wrong with them."""
_POLAR = 70.0
"""Degrees of latitude beyond which no city with swap stations lies."""
_ENOUGH_TO_COMPARE = 5
_NEAR = 2.0
"""Degrees within which stations of one city lie, in any case."""
_FAR = 8.0
"""Degrees further out at which no station of a network is expected: some 900 km."""
_SOUTHERNMOST = -56.0
"""Degrees of latitude south of which there is no town."""


class Positions:
    """The position of each record, or why it has none; `notes` say what was decided for all.

    Raises UnreadableNetworkError where the coordinates of the whole file cannot be read.
    """

    def __init__(self, records: Sequence[Record], columns: Mapping[str, str], crs: str | None) -> None:
        self.notes: list[str] = []
        self.about_arrays: str | None = None
        self._columns = columns
        self._has_geometry = any(GEOMETRY in record.fields for record in records)
        one = columns.get("coordinates")
        self._east_first = one is not None and any(part in normal(one) for part in _EAST_FIRST)
        self._read: list[Pair | BadRowError] = [self._raw(record) for record in records]
        self._settle_order(records)
        self._settle_arrays(records)
        self._settle_system(crs)
        self._settle_swapped()
        self._refuse_swapped_rows()
        self._settle_longitudes()

    @property
    def used(self) -> dict[str, str]:
        """The columns that the positions were read from, by our field."""
        if self._has_geometry:
            return {"coordinates": "geometry"}
        names = (
            ("longitude", "latitude")
            if {"longitude", "latitude"} <= self._columns.keys()
            else ("coordinates",)
        )
        return {name: self._columns[name] for name in names if name in self._columns}

    def of(self, number: int) -> Point:
        """Return the point of a record by its number; raises BadRowError."""
        read = self._read[number]
        if isinstance(read, BadRowError):
            raise read
        return place(*read)

    def _raw(self, record: Record) -> Pair | BadRowError:
        try:
            return self._pair(record.fields)
        except BadRowError as error:
            return error

    def _pair(self, fields: Mapping[str, object]) -> Pair:
        geometry, columns = fields.get(GEOMETRY), self._columns
        if isinstance(geometry, dict):
            return in_one(geometry, east_first=True) if "type" not in geometry else centre(geometry)
        if geometry is not None:
            raise BadRowError("the geometry is not an object")
        has_two = {"longitude", "latitude"} <= columns.keys()
        if self._has_geometry and not (has_two and not is_empty(fields.get(columns["latitude"]))):
            raise BadRowError("the feature has no geometry")
        if has_two:
            east, north = fields.get(columns["longitude"]), fields.get(columns["latitude"])
            return self._scaled(degrees(east, "longitude"), degrees(north, "latitude"))
        column = columns.get("coordinates", "")
        written = fields.get(column)
        if isinstance(written, list) and normal(column.rsplit(".", 1)[-1]) in _NORTH_FIRST:
            written = written[::-1]
        return in_one(written, east_first=self._east_first)

    def _scaled(self, east: float, north: float) -> Pair:
        """Return degrees from a column that is named after parts of a degree."""
        name = normal(self._columns["latitude"])
        parts = next((parts for end, parts in _PARTS.items() if name.endswith(end)), 1.0)
        return _in_degrees((east, north), parts)

    def _pairs(self) -> list[Pair]:
        return [read for read in self._read if not isinstance(read, BadRowError)]

    def _change(self, change: Callable[[Pair], Pair]) -> None:
        self._read = [read if isinstance(read, BadRowError) else change(read) for read in self._read]

    def _settle_order(self, records: Sequence[Record]) -> None:
        """Read one column of two numbers as longitude and latitude where the other order leaves the globe."""
        pairs = self._pairs()
        if self._has_geometry or "coordinates" not in self.used or self._east_first or not pairs:
            return
        outside = sum(90 < abs(north) <= 180 and abs(east) <= 90 for east, north in pairs)
        if outside * 2 >= len(pairs) and all(abs(east) <= 90 and abs(north) <= 180 for east, north in pairs):
            self._east_first = True
            self._read = [self._raw(record) for record in records]
            if all(
                abs(north) > 90 for _, north in self._pairs()
            ):  # an array, which names the east first by itself
                self._change(lambda pair: (pair[1], pair[0]))

    def _settle_arrays(self, records: Sequence[Record]) -> None:
        """Say how arrays of two numbers were read; as latitude and longitude where the other order lies near a pole."""
        column = self._columns.get("coordinates", "")
        if "coordinates" not in self.used or column == "" or self._has_geometry:
            return
        arrays = sum(isinstance(record.fields.get(column), list) for record in records)
        if arrays * 2 <= len(records) or normal(column.rsplit(".", 1)[-1]) in _NORTH_FIRST:
            return
        pairs = self._pairs()
        polar = sum(_POLAR < abs(north) <= 90 and abs(east) < _POLAR for east, north in pairs)
        order = "longitude and latitude"
        if polar * 2 > len(pairs):
            self._change(lambda pair: (pair[1], pair[0]))
            order = "latitude and longitude, for the other order lies near a pole"
        self.about_arrays = f"The pairs in {column} were read as {order}: look at the centre."

    def _settle_system(self, crs: str | None) -> None:
        code = code_of(crs) if crs else None
        if code is None:
            self._settle_parts()
            refuse_projected(self._pairs())
            return
        if any(max(map(abs, pair)) > 180 for pair in self._pairs()):
            self._change(to_degrees(code))
            self.notes.append(f"The coordinates were read as EPSG:{code} and turned into degrees.")
        else:
            to_degrees(code)
            self.notes.append(
                f"EPSG:{code} is named, but the coordinates are degrees already, and were read as such."
            )

    def _settle_parts(self) -> None:
        """Read ten-millionths of a degree, as devices store them, where most numbers are too large for metres or millionths."""
        pairs = self._pairs()
        sure = sum(
            (abs(east) > 180e6 or abs(north) > 90e6) and abs(east) <= 180e7 and abs(north) <= 90e7
            for east, north in pairs
        )
        if sure * 2 > len(pairs):
            self._change(lambda pair: _in_degrees(pair, 1e7))
            self.notes.append("The coordinates were read as ten-millionths of a degree.")

    def _settle_longitudes(self) -> None:
        """Read longitudes of 0 to 360 degrees; a lone one beyond 180 is a mistake in its row, and no habit of the file."""
        pairs = self._pairs()
        beyond = sum(180 < east <= 360 for east, _ in pairs)
        if beyond < 2 or beyond * 10 < len(pairs) or any(east < 0 for east, _ in pairs):
            return
        self._change(lambda pair: (pair[0] - 360 if 180 < pair[0] <= 360 else pair[0], pair[1]))
        self.notes.append("Longitudes were read as 0 to 360 degrees east: those beyond 180 lie west.")

    def _settle_swapped(self) -> None:
        """Exchange longitude and latitude where that alone puts the file on the globe."""
        pairs = self._pairs()
        if len(pairs) < 2 or self.notes:
            self._warn_of_poles(pairs)
            return
        swapped = sum(abs(north) > 90 for _, north in pairs)
        if swapped * 2 > len(pairs) and all(abs(east) <= 90 and abs(north) <= 180 for east, north in pairs):
            self._change(lambda pair: (pair[1], pair[0]))
            self.notes.append("Longitude and latitude stand in each other's place, and were exchanged.")
        else:
            self._warn_of_poles(pairs)

    def _refuse_swapped_rows(self) -> None:
        """Refuse single rows that lie far from all others as they are, and among them with longitude and latitude exchanged."""
        pairs = self._pairs()
        if len(set(pairs)) < _ENOUGH_TO_COMPARE:
            return
        middle = [median(pair[side] for pair in pairs) for side in (0, 1)]
        width = [max(_NEAR, 3 * median(abs(pair[side] - middle[side]) for pair in pairs)) for side in (0, 1)]

        def is_within(pair: Pair, more: float) -> bool:
            return all(abs(pair[side] - middle[side]) <= width[side] + more for side in (0, 1))

        swapped = {pair for pair in pairs if not is_within(pair, _FAR) and is_within((pair[1], pair[0]), 0.0)}
        if sum(pair in swapped for pair in pairs) * 4 <= len(pairs):
            self._read = [_swapped(read) if read in swapped else read for read in self._read]

    def _warn_of_poles(self, pairs: Sequence[Pair]) -> None:
        polar = [
            (east, north)
            for east, north in pairs
            if (_POLAR < north <= 90 or -90 <= north < _SOUTHERNMOST) and _SOUTHERNMOST < east < _POLAR
        ]
        if polar and len(polar) * 2 > len(pairs):
            east, north = polar[0]
            self.notes.append(
                f"Latitudes such as {north:g} lie near a pole: are longitude ({east:g}) and latitude in each other's place?"
            )


def _swapped(pair: Pair | BadRowError) -> BadRowError:
    return BadRowError(
        f"longitude and latitude look swapped: {pair} lies far from all other stations, and exchanged among them"
    )


def _in_degrees(pair: Pair, parts: float) -> Pair:
    """Return degrees from numbers that count so many parts of one; a pair that may be degrees already stays."""
    return (pair[0] / parts, pair[1] / parts) if max(map(abs, pair)) > _DEGREES_AT_MOST else pair
