"""Rows that are no station of their own: platforms, entrances and boarding areas of a stop (GTFS)."""

from navswap.seeding.formats.records import Records
from navswap.seeding.formats.values import plain_text

_OWN, _PARENT, _KIND = "stop_id", "parent_station", "location_type"
_NO_STOPS = frozenset({"2", "3", "4"})
"""Kinds of places: entrances, nodes of pathways, boarding areas."""


def leave_out_parts_of_stops(found: Records) -> None:
    """Leave out the rows of a list of stops that are a part of another one of it."""
    stops = {plain_text(record.fields.get(_OWN)) for record in found.records} - {None}
    if not stops:
        return
    kept = [
        record
        for record in found.records
        if plain_text(record.fields.get(_PARENT)) not in stops
        and plain_text(record.fields.get(_KIND)) not in _NO_STOPS
    ]
    left_out = len(found.records) - len(kept)
    if left_out:
        found.skipped += left_out
        found.records = kept
        found.notes.append(
            f"Platforms, entrances and other parts of a stop, which are no stations of their own: {left_out} rows skipped."
        )
