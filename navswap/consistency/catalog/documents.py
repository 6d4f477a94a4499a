"""Documents: every one of them is what the code takes it for."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.runtime import DOCUMENTS


class DocumentsCanBeRead(Invariant):
    """A document out of schema is left out of lists, and of all other invariants."""

    statement = "Every document has the fields that the code reads, within their bounds."

    async def examine(self, view: View, finding: Finding) -> None:
        """Name what was found before the others were examined."""
        for kind in DOCUMENTS:
            name = kind.get_collection_name()
            broken = view.unreadable.get(name, {})
            finding.examined += await view.count(kind) + len(broken)
            for identifier, reason in broken.items():
                finding.offend(f"{name} {identifier}", f"cannot be read: {reason}")
