"""Faults that all rows of a file share."""

import re
from collections import Counter
from collections.abc import Sequence

from navswap.seeding.formats.coordinates import is_short_link
from navswap.seeding.formats.records import Record
from navswap.seeding.formats.rows import ParsedNetwork, UnreadableNetworkError

_MONTH = r"(jan|feb|mar|mrz|mär|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)[a-zä]*"
_DATE = re.compile(rf"\d{{1,2}}[-. ]+{_MONTH}\.?|{_MONTH}\.?[- ]\d{{2}}|\d{{4}}-\d\d-\d\d", re.IGNORECASE)
"""What a spreadsheet makes of 1-3 and of MAR26, in a cell a date."""


def warn_of_dates(network: ParsedNetwork) -> None:
    """Note ids that look as if a spreadsheet has made dates of them."""
    dates = [row.external_id for row in network.rows if _DATE.fullmatch(row.external_id)]
    if dates:
        network.notes.append(
            f"Ids such as {dates[0]} look like dates that a spreadsheet has made of something else, such as 1-3; if so, export the "
            f"column as text: {len(dates)}."
        )


def refuse_short_links(records: Sequence[Record]) -> None:
    """Raise UnreadableNetworkError where the only places of a file are short links to a map."""
    for name, value in ((name, value) for record in records[:50] for name, value in record.fields.items()):
        if is_short_link(value):
            raise UnreadableNetworkError(
                f"the links in {name} are short ones ({str(value)[:60]}), which do not say where the place is: open each, and write the long "
                "link that the map then shows, or latitude and longitude"
            )


def refuse_common_fault(network: ParsedNetwork) -> None:
    """Raise UnreadableNetworkError where all rows, three or more, are refused for one reason: the fault is the file's."""
    if network.rows or network.skipped or len(network.rejected) < 3:
        return
    reasons = Counter(_kind(row.reason) for row in network.rejected)
    if len(reasons) > 1:
        return
    first = network.rejected[0]
    place = "" if first.index is None else f", element {first.index}"
    raise UnreadableNetworkError(
        f"none of its {len(network.rejected)} rows can be read, all for one reason; the first, in line {first.line}{place}: "
        f"{first.reason}"
    )


def _kind(reason: str) -> str:
    """Return a reason without the values that differ from row to row."""
    return re.sub(r"'[^']*'|-?\d+(\.\d+)?", "_", reason)
