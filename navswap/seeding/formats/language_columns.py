"""The columns that hold a name in one language each."""

import re

from navswap.seeding.formats.columns import Columns
from navswap.seeding.formats.words import normal, word_set

_LANGUAGE_OF_COLUMN = re.compile(r"(.*?)[:_\- .]([a-z]{2}|zh[-_](?:tw|cn|hans|hant))", re.IGNORECASE)
_LANGUAGES = word_set(
    "en de fr es it pt nl zh hi ja ko ta te kn ml mr bn gu pa tr pl ru th vi id sv da nb fi cs hu el ar he ca eu"
)


def name_columns(columns: Columns, chosen: str | None) -> dict[str, str]:
    """Return the columns that hold the name in a language, by its tag: `name:zh`, `name_en`, `snaen`."""
    stem = normal(chosen) if chosen else ""
    found: dict[str, str] = {}
    for column in columns.present:
        parts = _LANGUAGE_OF_COLUMN.fullmatch(column)
        if (
            parts
            and normal(parts[1]) in ({stem} | {"name", "stationname"})
            and parts[2][:2].lower() in _LANGUAGES
        ):
            found[parts[2].replace("_", "-").lower()] = column
        elif stem == "sna" and normal(column) == "snaen":
            found["en"] = column
    return found
