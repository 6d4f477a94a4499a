"""Lists that are no tables: vCards, and lines that name a place and say where it is."""

import re
from collections.abc import Sequence

from navswap.seeding.formats.coordinates import is_place
from navswap.seeding.formats.records import Record, Records
from navswap.seeding.formats.rows import NetworkFormat, Place

_PROPERTY = re.compile(r"(?:item\d+\.)?([A-Z-]+)((?:;[^:\"]*(?:\"[^\"]*\")?)*):(.*)", re.IGNORECASE)
_FIELDS = {"UID": "id", "FN": "name", "GEO": "coordinates"}
_ADDRESS = ("", "", "address", "city", "", "", "country")
"""What stands where in an address of a vCard."""
_NAMED_PLACE = re.compile(
    r"\s*(?:[-*•]|\d{1,3}[.)])?\s*(?P<name>.{1,120}?)\s*(?::|=|–|—|\s-\s)\s*(?P<place>[^:]{5,80}?)\s*"
)


def is_cards(text: str) -> bool:
    """Return whether a text holds vCards."""
    return text.lstrip()[:11].upper() == "BEGIN:VCARD"


def read_cards(text: str) -> Records:
    """Read the vCards of a text: id, name, place, address, city and country."""
    found = Records(NetworkFormat.CSV)
    fields: dict[str, object] = {}
    begin = 1
    for number, line in _unfolded(text):
        known = _PROPERTY.fullmatch(line)
        if known is None:
            continue
        name, value = known[1].upper(), re.sub(r"\\([,;\\])", r"\1", known[3]).strip()
        if name == "BEGIN":
            fields, begin = {}, number
        elif name == "END":
            found.records.append(Record(Place(begin), fields))
        elif name == "ADR":
            parts = zip(_ADDRESS, re.split(r"(?<!\\);", known[3]), strict=False)
            fields |= {part: written.replace("\\", "") for part, written in parts if part and written}
        elif name in _FIELDS:
            fields[_FIELDS[name]] = value
    return found


def _unfolded(text: str) -> list[tuple[int, str]]:
    """Return the lines with their numbers, those that begin with a blank joined to the one before."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line[:1] in {" ", "\t"} and lines:
            lines[-1] = (lines[-1][0], lines[-1][1] + line[1:])
        else:
            lines.append((number, line))
    return lines


def read_named_places(lines: Sequence[str]) -> Records | None:
    """Read lines such as `Harbour: 12.97, 77.59`; None where not nearly all lines are such."""
    filled = [(number, line.strip("\r\n")) for number, line in enumerate(lines, start=1) if line.strip()]
    found = Records(NetworkFormat.CSV)
    for number, line in filled:
        named = _NAMED_PLACE.fullmatch(line)
        if named is not None and is_place(named["place"]):
            fields = {"name": named["name"], "coordinates": named["place"]}
            found.records.append(Record(Place(number), fields))
    if len(found.records) < 2 or len(found.records) * 10 < len(filled) * 8:
        return None
    found.skipped = len(filled) - len(found.records)
    found.notes.append("Each line was read as a name and a place.")
    return found
