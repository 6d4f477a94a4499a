"""The unique indexes by which concurrent writers are kept apart."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.runtime import DOCUMENTS


class UniqueIndexesStand(Invariant):
    """The guards of all other invariants."""

    statement = "Every unique index that the code relies on is there and unique."

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare what the documents declare with what the database has; indexes have no snapshot."""
        del view
        for kind in DOCUMENTS:
            declared = getattr(kind.Settings, "indexes", [])
            present = await kind.collection().index_information()
            for index in (model.document for model in declared if model.document.get("unique")):
                finding.examined += 1
                if not present.get(index["name"], {}).get("unique"):
                    finding.offend(
                        f"index {kind.get_collection_name()}.{index['name']}", "is missing or not unique"
                    )
