"""Traffic: every probe is counted once and in a cell, and no cell runs ahead of its map."""

import h3

from navswap.consistency.invariant import Finding, Invariant, Row, View
from navswap.features.traffic.service import RESOLUTION
from navswap.features.traffic.storage import TrafficCellDocument, TrafficMapDocument, TrafficMinute


class ProbesAreCounted(Invariant):
    """The inputs of the map add up."""

    statement = (
        "Each minute of a traffic cell has probes, each in one speed class, in a cell of the map's size."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Add the speed classes of every minute up."""
        async for row in view.read(TrafficMinute):
            finding.examined += 1
            for problem in _wrong_minute(row):
                finding.offend(f"traffic minute {row['_id']}", problem)


class CellsFollowTheMap(Invariant):
    """A client that resumes after a revision gets all that changed since."""

    statement = "Each traffic cell has a congestion from 0 to 1 and changed last in a revision of the map."

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare every cell with the map."""
        revisions = [row["revision"] async for row in view.read(TrafficMapDocument)]
        newest = max(revisions, default=0)
        async for row in view.read(TrafficCellDocument):
            finding.examined += 1
            item, published = f"traffic cell {row['_id']}", row["published"]
            if not 0.0 <= published["congestion"] <= 1.0:
                finding.offend(item, f"has a congestion of {published['congestion']}")
            if not 1 <= row["changed_in"] <= newest:
                finding.offend(item, f"changed in revision {row['changed_in']} of {newest}")


def _wrong_minute(row: Row) -> list[str]:
    problems = []
    if not _is_cell(row["cell"]):
        problems.append(f"is of {row['cell']!r}, which is no cell of the map")
    if row["probes"] < 1 or row["seconds"] <= 0 or row["metres"] < 0:
        problems.append(f"has {row['probes']} probes of {row['metres']} m in {row['seconds']} s")
    if (counted := sum(row["speeds"].values())) != row["probes"]:
        problems.append(f"has {row['probes']} probes, but {counted} in its speed classes")
    return problems


def _is_cell(index: str) -> bool:
    return bool(h3.is_valid_cell(index)) and h3.get_resolution(index) == RESOLUTION
