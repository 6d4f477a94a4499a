"""Persisted documents: a client sends the id of a document that the server has, in place of its text."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from graphql import GraphQLError, GraphQLSchema, parse, validate

from navswap.kit.errors import NavSwapError

_SHA_256: Final = "sha256:"
"""What may stand before a hash in `documentId`."""


class NotPersistedError(Exception):
    """A client asks by an id that is not known, or sends a document where only persisted ones are taken."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self._code = code

    def as_graphql(self) -> GraphQLError:
        """Return the error that the client gets."""
        return GraphQLError(str(self), extensions={"code": self._code})


class ManifestUnreadableError(NavSwapError):
    """A file of persisted documents cannot be read."""

    code = "MANIFEST_UNREADABLE"


class PersistedDocuments:
    """Documents by their ids. With `only`, no other document is taken, but the text of a known one is.

    A text is known by its SHA-256 in hex and by the ids that manifests give it.
    """

    def __init__(self, by_id: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        self._by_id = {hash_of(text): text for text in (by_id or {}).values()} | dict(by_id or {})
        self._texts = frozenset(self._by_id.values()) if only else None

    def __len__(self) -> int:
        return len(self._by_id)

    def text_of(self, query: str | None, document_id: str | None) -> str:
        """Return the document that a request means; raises NotPersistedError.

        A text counts before an id, for Apollo's clients send both where the id alone was not known. They are made to
        stop asking by ids then, for a server that knows its documents from manifests learns none from clients.
        """
        if query:
            if self._texts is not None and query not in self._texts:
                raise NotPersistedError(
                    "DOCUMENT_NOT_PERSISTED",
                    "Only persisted documents are served here; send the id of one, or its very text.",
                )
            return query
        text = self._by_id.get(document_id or "")
        if text is None:
            raise NotPersistedError("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        return text


def document_id_in(request: Mapping[str, Any]) -> str | None:
    """Return the id by which a request names its document: in `documentId`, or as Apollo's clients do; None for none."""
    named = request.get("documentId")
    if named is None:
        extensions = request.get("extensions")
        persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        named = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return named.removeprefix(_SHA_256) if isinstance(named, str) else None


def hash_of(text: str) -> str:
    """Return the SHA-256 of a document's text, as hex."""
    return sha256(text.encode()).hexdigest()


def read_manifests(paths: Iterable[Path]) -> dict[str, str]:
    """Return the documents of all manifests by their ids; raises ManifestUnreadableError."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            found |= _documents_in(orjson.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise ManifestUnreadableError(f"{path} is no manifest of persisted documents: {error}") from error
    return found


def faults_of(documents: Mapping[str, str], schema: GraphQLSchema) -> list[tuple[str, str]]:
    """Return what is wrong with each document that does not fit a schema, by its id."""
    return [
        (document_id, fault) for document_id, text in documents.items() for fault in _faults_in(text, schema)
    ]


def _faults_in(text: str, schema: GraphQLSchema) -> list[str]:
    try:
        return [error.message for error in validate(schema, parse(text))]
    except GraphQLError as error:
        return [error.message]


def _documents_in(manifest: Any) -> dict[str, str]:
    """Read `{id: document}`, as graphql-codegen and Relay write it, or the manifest of Apollo's tools."""
    if not isinstance(manifest, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - of the value of a file, which `read_manifests` reports
    listed = manifest.get("operations")
    pairs: Iterable[tuple[Any, Any]] = (
        manifest.items()
        if not isinstance(listed, list)
        else [(each.get("id"), each.get("body")) for each in listed if isinstance(each, dict)]
    )
    found = list(pairs)
    if not found or not all(isinstance(part, str) for pair in found for part in pair):
        raise ValueError("it does not map ids to documents")
    return {document_id.removeprefix(_SHA_256): text for document_id, text in found}
