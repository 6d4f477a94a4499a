"""NavSwap's own operations by name: those of the dashboard, and the worked examples for analysts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from graphql import print_ast

from navswap.cli.asking.documents import Document, read_document
from navswap.web.operations import documents, examples


@dataclass(frozen=True, slots=True)
class OwnOperation:
    """An operation as a list shows it: `kind` is query, mutation or subscription, `variables` as it declares them."""

    name: str
    kind: str
    variables: str
    shows: str


@cache
def own_documents() -> Mapping[str, tuple[str, str]]:
    """Return the text of each operation by its name, with what it shows; empty where nothing is said of it."""
    shelf = {_named(each.document): (each.document, each.title) for each in examples()}
    return dict(sorted({**{name: (text, "") for name, text in documents().items()}, **shelf}.items()))


def list_own() -> Iterator[OwnOperation]:
    """Yield the operations, by name."""
    for name, (text, shows) in own_documents().items():
        operation = read_document(text, None).operation
        variables = ", ".join(
            f"{each.variable.name.value}: {print_ast(each.type)}"
            for each in operation.variable_definitions or ()
        )
        yield OwnOperation(name, operation.operation.value, variables, shows)


def _named(text: str) -> str:
    document: Document = read_document(text, None)
    return document.name or ""
