"""Faults that all rows of a file share."""

import re
from collections import Counter

from navswap.seeding.formats.rows import ParsedNetwork, UnreadableNetworkError


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
