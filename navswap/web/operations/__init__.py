"""The project's own operations: what the dashboard runs, and what clients of others begin with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from graphql import (
    DefinitionNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    parse,
)


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example for analysts: what it shows, what it says of it, and the document."""

    title: str
    says: str
    document: str


@cache
def examples() -> Sequence[Example]:
    """Return the worked examples, in the order in which they are to be read.

    Their variables are named after what they are: `point`, `area`, `stationId`, `stationIds` or `span`.
    """
    folder = files(__name__) / "examples"
    texts = [entry.read_text("utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]
    return [_example(text) for text in texts]


def _example(text: str) -> Example:
    title, says, _ = text.split("\n", 2)
    return Example(title.removeprefix("# "), says.removeprefix("# "), text)


@cache
def documents() -> Mapping[str, str]:
    """Return each operation by its name, as a document of its own: its text, then the fragments that it needs."""
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".graphql"):
            continue
        for definition in parse(entry.read_text("utf-8")).definitions:
            if isinstance(definition, OperationDefinitionNode) and definition.name is not None:
                operations[definition.name.value] = definition
            elif isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = definition
    return {name: _document(operation, fragments) for name, operation in operations.items()}


def _document(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> str:
    needed: dict[str, DefinitionNode] = {}
    waiting: list[Node] = [operation]
    while waiting:
        for name in _spreads(waiting.pop()):
            if name not in needed:
                needed[name] = fragments[name]
                waiting.append(fragments[name])
    return "\n\n".join(_text(definition) for definition in (operation, *needed.values()))


def _spreads(node: Node) -> Iterator[str]:
    if isinstance(node, FragmentSpreadNode):
        yield node.name.value
    for key in node.keys:
        child = getattr(node, key)
        for part in child if isinstance(child, tuple) else (child,):
            if isinstance(part, Node):
                yield from _spreads(part)


def _text(definition: DefinitionNode) -> str:
    place = definition.loc
    return "" if place is None else place.source.body[place.start : place.end]
