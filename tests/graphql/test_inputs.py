import strawberry
from strawberry import Schema

from navswap.graphql.inputs import drop_null_defaults


@strawberry.input
class ChangeInput:
    name: strawberry.Maybe[str]
    nickname: strawberry.Maybe[str | None]
    note: str | None = None
    places: int = 4


@strawberry.type
class Query:
    @strawberry.field
    def said(self, change: ChangeInput | None = None, times: int | None = None) -> str:
        return repr((change.name, change.nickname, change.note) if change else times)


SCHEMA = Schema(query=Query)
drop_null_defaults(SCHEMA)


async def said(arguments: str) -> str:
    result = await SCHEMA.execute(f"{{ said{arguments} }}")
    assert result.errors is None, result.errors
    assert result.data is not None
    return str(result.data["said"])


def test_no_default_of_null_is_printed_and_others_are() -> None:
    printed = str(SCHEMA)
    assert "= null" not in printed
    assert "places: Int! = 4" in printed
    assert "said(change: ChangeInput, times: Int): String!" in printed


async def test_absent_and_null_are_the_same_where_they_do_not_differ() -> None:
    assert await said("") == await said("(times: null)") == "None"
    assert await said("(change: {})") == await said("(change: {note: null})") == "(None, None, None)"


async def test_absent_and_null_differ_in_a_partial_update() -> None:
    assert await said("(change: {nickname: null})") == "(None, Some(None), None)"
    assert await said('(change: {name: "n", nickname: "k"})') == "(Some('n'), Some('k'), None)"
    refused = await SCHEMA.execute("{ said(change: {name: null}) }")
    assert refused.errors
