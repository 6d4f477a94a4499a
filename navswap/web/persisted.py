"""The documents that a client may name by an id: NavSwap's own operations, and those of the manifests in the settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import OperationDefinitionNode, parse

from navswap.edge.persisted import PersistedDocuments, hash_of, read_manifests
from navswap.settings import Settings
from navswap.web.operations import documents, examples


def persisted_documents(settings: Settings) -> PersistedDocuments:
    """Return what the endpoint takes by id; raises ManifestUnreadableError for a file of the settings that is no manifest."""
    own = {hash_of(text): text for text in _own_texts()}
    return PersistedDocuments(
        own | read_manifests(settings.persisted_documents), only=settings.only_persisted_documents
    )


def own_manifest() -> Mapping[str, Any]:
    """Return NavSwap's own operations in the format of Apollo's manifests; an id is the SHA-256 of the body, in hex."""
    operations = [
        {"id": hash_of(text), "name": name, "type": kind, "body": text}
        for text in _own_texts()
        for name, kind in _operations_in(text)
    ]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


def _own_texts() -> Iterator[str]:
    yield from documents().values()
    yield from (example.document for example in examples())


def _operations_in(text: str) -> Iterator[tuple[str, str]]:
    for definition in parse(text).definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.name is not None:
            yield definition.name.value, definition.operation.value
