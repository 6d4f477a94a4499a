"""Leases: each of them ends, so that another process can go on where one has died."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.infra.lease import LeaseDocument

LONGEST_MINUTES = 60
"""More than any work under a lease asks for at once."""


class LeasesEnd(Invariant):
    """Work whose worker has died is taken up by another one."""

    statement = (
        f"No lease lasts longer than {LONGEST_MINUTES} minutes from now, by the clock of the database server."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare each lease with the clock of the server."""
        finding.examined = await view.count(LeaseDocument)
        latest = {"$add": ["$$NOW", LONGEST_MINUTES * 60_000]}
        async for lease in view.group(LeaseDocument, {"$match": {"$expr": {"$gt": ["$until", latest]}}}):
            finding.offend(f"lease {lease['_id']}", f"is held by {lease['holder']} until {lease['until']}")
