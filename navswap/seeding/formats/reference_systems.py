"""Coordinates that are no degrees, by the EPSG code of their reference system (through PROJ)."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from navswap.seeding.formats.coordinates import Pair
from navswap.seeding.formats.rows import UnreadableNetworkError

if TYPE_CHECKING:
    from pyproj import Transformer

_CODE = re.compile(r"(?:EPSG|ESRI)[:/]+(?:[\d.]*[:/])?(\d{4,6})", re.IGNORECASE)
_DEGREES = {"4326", "4979", "4258", "4269"}
"""Longitude and latitude on ellipsoids that agree with WGS 84 within a metre or two."""


def code_of(name: str) -> str | None:
    """Return the EPSG code that a name of a reference system gives; None for longitude and latitude on WGS 84."""
    if "CRS84" in name.upper().replace(":", ""):
        return None
    found = _CODE.search(name) or re.search(r"(\d{4,6})\s*$", name)
    if found is None:
        raise UnreadableNetworkError(
            f"the reference system {name[:60]!r} has no EPSG code; give it, such as --crs EPSG:25832"
        )
    code = "3857" if found[1] in {"102100", "900913"} else found[1]
    return None if code in _DEGREES else code


def to_degrees(code: str) -> Callable[[Pair], Pair]:
    """Return how coordinates of an EPSG code become longitude and latitude on WGS 84.

    What cannot be projected becomes infinite. Raises UnreadableNetworkError for a code that there is none of.
    """
    transformer = _transformer(code)

    def convert(pair: Pair) -> Pair:
        east, north = transformer.transform(*pair)
        return float(east), float(north)

    return convert


@lru_cache(maxsize=8)
def _transformer(code: str) -> "Transformer":
    from pyproj import Transformer  # noqa: PLC0415 - few files need it, and it takes a tenth of a second
    from pyproj.exceptions import CRSError, ProjError  # noqa: PLC0415

    try:
        return Transformer.from_crs(f"EPSG:{code}", "EPSG:4326", always_xy=True)
    except (CRSError, ProjError) as error:
        raise UnreadableNetworkError(
            f"there is no reference system EPSG:{code}; look its number up at epsg.io and give it with --crs"
        ) from error


def refuse_projected(pairs: Sequence[Pair]) -> None:
    """Raise UnreadableNetworkError where most coordinates are far too large for degrees."""
    large = [pair for pair in pairs if max(map(abs, pair)) > 1000]
    if not large or len(large) * 2 < len(pairs):
        return
    east, north = large[0]
    fits = list(_fitting(large))
    fitting = ", ".join(f"EPSG:{code} ({where})" for code, where in fits)
    example = fits[0][0] if fits else "25832"
    raise UnreadableNetworkError(
        f"coordinates such as {east:.0f}, {north:.0f} are no degrees: they are of a projected reference system, which the file "
        f"does not name. Give its EPSG code, such as --crs EPSG:{example}; {_FITS.format(fitting) if fitting else _FITS_NONE}"
    )


_FITS = "they would fit {0}"
_FITS_NONE = "epsg.io lists them, among them EPSG:25832 (UTM 32), EPSG:2154 (France), EPSG:27700 (Britain), EPSG:3826 (Taiwan)"
_COMMON: Mapping[str, str] = {
    "2154": "France",
    "28992": "Netherlands",
    "2056": "Switzerland",
    "31370": "Belgium",
    "31287": "Austria",
    "27700": "Britain",
    "2157": "Ireland",
    "2180": "Poland",
    "3006": "Sweden",
    "3067": "Finland",
    "3763": "Portugal",
    "25829": "UTM 29",
    "25830": "UTM 30",
    "25831": "UTM 31",
    "25832": "UTM 32",
    "25833": "UTM 33",
    "3826": "Taiwan",
    "3414": "Singapore",
    "5186": "Korea",
    "2326": "Hong Kong",
    "2193": "New Zealand",
    "26985": "Washington",
    "2263": "New York, in feet",
}
"""Systems that open data of stations is published in, with their countries or zones."""
_MOST_FITTING = 6


def _fitting(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """Return the common systems in whose area all coordinates would lie; web maps where no other takes them."""
    from pyproj import CRS  # noqa: PLC0415 - few files need it

    found: list[tuple[str, str]] = []
    for code, where in _COMMON.items():
        area = CRS.from_epsg(int(code)).area_of_use
        convert = to_degrees(code)
        if area is not None and all(
            area.west <= east <= area.east and area.south <= north <= area.north
            for east, north in map(convert, pairs[:50])
        ):
            found.append((code, where))
    return found[:_MOST_FITTING] or (
        [("3857", "web maps")] if all(max(map(abs, pair)) < 20_037_509 for pair in pairs) else []
    )
