import pytest
from graphql import build_schema, parse, validate

from navswap.cli.asking.documents import read_document
from navswap.cli.asking.errors import MisusedError

SCHEMA = build_schema("""
type Query { stations(first: Int, after: String): Stations  area(name: String): Area }
type Subscription { changed(after: String): Station }
type Area { stations(after: String): Stations }
type Stations { edges: [Edge!]! pageInfo: PageInfo! }
type Edge { node: Station! }
type Station { id: ID! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
""")


@pytest.mark.parametrize(
    ("text", "variable", "path", "begins_after"),
    [
        ("{ stations { edges { node { id } } } }", "pagesAfter", ("stations",), None),
        ('{ s: stations(after: "x") { edges { node { id } } } }', "pagesAfter", ("s",), "x"),
        (
            "query ($c: String) { stations(first: 5, after: $c) { edges { node { id } } } }",
            "c",
            ("stations",),
            None,
        ),
        (
            "{ area { stations { ...Rows } } } fragment Rows on Stations { edges { node { id } } }",
            "pagesAfter",
            ("area", "stations"),
            None,
        ),
    ],
)
def test_a_list_is_followed_by_a_document_that_is_valid(
    text: str, variable: str, path: tuple[str, ...], begins_after: str | None
) -> None:
    paged = read_document(text, None).paged()
    assert (paged.variable, paged.path, paged.begins_after) == (variable, path, begins_after)
    assert validate(SCHEMA, parse(paged.text)) == []
    assert f"after: ${variable}" in paged.text
    assert "hasNextPage" in paged.text


def test_two_lists_cannot_be_followed_at_once() -> None:
    text = "{ a: stations { edges { node { id } } } b: stations { edges { node { id } } } }"
    with pytest.raises(MisusedError, match="several lists"):
        read_document(text, None).paged()


def test_an_operation_is_chosen_by_its_name() -> None:
    text = "query A { area { __typename } } subscription B($at: String) { changed(after: $at) { id } }"
    chosen = read_document(text, "B")
    assert (chosen.is_subscription, chosen.cursor_variable) == (True, "at")
    with pytest.raises(MisusedError, match="choose one by --operation: A, B"):
        read_document(text, None)
    with pytest.raises(MisusedError, match="no operation C; it holds: A, B"):
        read_document(text, "C")


def test_a_variable_is_read_by_its_type() -> None:
    document = read_document(
        "query ($id: ID!, $n: Int, $ids: [ID!], $k: Kind = A) { area { __typename } }", None
    )
    values = document.variables({"n": 1}, ["id=7", "n=2", 'ids=["1"]', "k=B"])
    assert values == {"id": "7", "n": 2, "ids": ["1"], "k": "B"}
    with pytest.raises(MisusedError, match=r"needs \$id"):
        document.variables({}, [])
    with pytest.raises(MisusedError, match="write it as name=value"):
        document.variables({}, ["id"])
