"""Tables of trips, which are no tables of stations."""

from collections.abc import Iterable

from navswap.seeding.formats.rows import UnreadableNetworkError
from navswap.seeding.formats.words import tokens, word_set

_FROM = word_set(
    "start from origin departure pickup begin started src source o depart salida retiro origen partenza inicio abfahrt"
)
_TO = word_set(
    "end to dest destination dropoff arrival ended finish trg target d arrivee llegada arribo destino arrivo fim ankunft"
)
_LATITUDE = word_set("lat latitude latitud latitudine y")


def refuse_trips(present: Iterable[str]) -> None:
    """Raise UnreadableNetworkError where columns name the places of a beginning and of an end."""
    names = list(present)
    begins = next((name for name in names if _is_latitude_of(name, _FROM)), None)
    ends = next((name for name in names if _is_latitude_of(name, _TO)), None)
    if begins is not None and ends is not None:
        raise UnreadableNetworkError(
            f"each row is a trip from one place to another ({begins!r}, {ends!r}), not a station: give the list of stations; "
            f"or take the stations at one end with --map id=COLUMN --map lat={begins!r} --map lon=COLUMN"
        )


def _is_latitude_of(name: str, end: frozenset[str]) -> bool:
    words = set(tokens(name))
    return bool(words & end) and bool(words & _LATITUDE)
