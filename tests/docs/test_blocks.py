"""What the pages show is true: queries fit the schema, code is that of the files, diagrams name what there is."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from navswap.slices import SLICES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list[tuple[str, str]]:
    """Return each block of a language with the page that it stands in."""
    pattern = rf"^```{language}\n(.*?)^```$"
    return [
        (str(page.relative_to(ROOT)), block)
        for page in PAGES
        for block in re.findall(pattern, page.read_text(), flags=re.MULTILINE | re.DOTALL)
    ]


def names_of(found: list[tuple[str, str]]) -> list[str]:
    """Return a name for each block: its page, and its place among those of its language."""
    return [f"{page} {place}" for place, (page, _) in enumerate(found, start=1)]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text())


@pytest.mark.parametrize(("page", "block"), blocks("graphql"), ids=names_of(blocks("graphql")))
def test_every_query_of_a_page_fits_the_schema(schema: GraphQLSchema, page: str, block: str) -> None:
    assert validate(schema, parse(block)) == [], page


def test_the_code_of_the_frontend_page_is_what_ci_compiles_and_runs() -> None:
    page = (ROOT / "docs" / "frontend.md").read_text()
    shown = re.findall(r"<!-- (\S+) -->\n\n```ts\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(shown) == page.count("```ts\n") >= 4
    assert [name for name, code in shown if (ROOT / name).read_text() != code] == []


def test_the_diagrams_of_the_architecture_name_every_slice_and_floor() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    diagrams = "\n".join(re.findall(r"^```mermaid\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL))
    floors = {path.parent.name for path in (ROOT / "navswap").glob("*/__init__.py")}
    named = set(re.findall(r"[a-z]+", diagrams))
    assert {slice_.name for slice_ in SLICES} <= named
    assert floors <= named


@pytest.mark.parametrize(("page", "block"), blocks("mermaid"), ids=names_of(blocks("mermaid")))
def test_every_diagram_is_of_a_kind_that_is_drawn_and_closes_what_it_opens(page: str, block: str) -> None:
    assert block.split(maxsplit=1)[0] in {"flowchart", "sequenceDiagram"}, page
    for opening, closing in ("[]", "()"):
        assert block.count(opening) == block.count(closing), page
    assert block.count("subgraph") == len(re.findall(r"^\s*end$", block, flags=re.MULTILINE)), page
