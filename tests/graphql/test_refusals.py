from typing import Annotated, Any

import pytest
import strawberry
from strawberry import Schema, relay
from strawberry.schema.config import StrawberryConfig

from navswap.graphql.nodes import database_id, database_ids, relay_id
from navswap.graphql.refusals import (
    InvalidInput,
    RefusalCode,
    Refused,
    code_enum,
    exception_handlers,
    refusals_of,
)
from navswap.kit.errors import LONGEST_MESSAGE, InvalidInputError, NavSwapError, inside


class CupboardEmptyError(NavSwapError):
    """There is nothing left
    in the cupboard.
    """

    code = "CUPBOARD_EMPTY"


class CupboardLockedError(NavSwapError):
    """The cupboard is locked."""

    code = "CUPBOARD_LOCKED"


class NotOfThisSchemaError(NavSwapError):
    """Another schema refuses with this one."""

    code = "NOT_OF_THIS_SCHEMA"


Elsewhere = Refused[NotOfThisSchemaError]


@strawberry.type(description="A jar.")
class Jar(relay.Node):
    id: relay.NodeID[str]


@strawberry.type(description="A spoon.")
class Spoon(relay.Node):
    id: relay.NodeID[str]


@strawberry.input
class TakeJarsInput:
    jar_ids: list[strawberry.ID]
    spoon_id: strawberry.ID | None = None
    grams: int = 1


@strawberry.type
class TakeJarsPayload:
    jars: list[Jar]


TakeJarsResult = Annotated[
    TakeJarsPayload | InvalidInput | Refused[CupboardEmptyError] | Refused[CupboardLockedError],
    strawberry.union("TakeJarsResult", description="The jars, or why there are none."),
]


@strawberry.type
class Query:
    @strawberry.field
    def jar(self, id: strawberry.ID) -> Jar:  # noqa: A002 - the argument's name
        return Jar(id=database_id(id, Jar))


@strawberry.type
class Mutation:
    @strawberry.mutation
    def take_jars(self, input: TakeJarsInput) -> TakeJarsResult:  # noqa: A002 - the argument's name
        ids = database_ids(input.jar_ids, Jar, "jar_ids")
        if input.spoon_id is not None:
            database_id(input.spoon_id, Spoon, "spoon_id")
        if input.grams < 1:
            with inside("pack_sizes[3]"):
                raise InvalidInputError("least_grams", "Take 1 gram or more.")
        if not ids:
            raise CupboardEmptyError("Nothing left; come back tomorrow.")
        return TakeJarsPayload(jars=[Jar(id=identifier) for identifier in ids])


REFUSALS = refusals_of(Mutation)
SCHEMA = Schema(
    query=Query,
    mutation=Mutation,
    exception_handlers=exception_handlers(REFUSALS),
    config=StrawberryConfig(relay_use_legacy_global_id=False, scalar_map={RefusalCode: code_enum(REFUSALS)}),
)
JAR, SPOON = relay_id(Jar, "j"), relay_id(Spoon, "s")


async def take(jars: list[str], **more: Any) -> dict[str, Any]:
    result = await SCHEMA.execute(
        """mutation ($input: TakeJarsInput!) { takeJars(input: $input) { __typename
             ... on Refusal { code message } ... on InvalidInput { field } ... on TakeJarsPayload { jars { id } } } }""",
        variable_values={"input": {"jarIds": jars, **more}},
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    answer: dict[str, Any] = result.data["takeJars"]
    return answer


async def test_a_raised_error_is_answered_by_the_type_derived_from_it() -> None:
    assert await take([]) == {
        "__typename": "CupboardEmpty",
        "code": "CUPBOARD_EMPTY",
        "message": "Nothing left; come back tomorrow.",
    }


async def test_the_types_of_an_error_are_one_and_described_by_its_docstring() -> None:
    assert Refused[CupboardEmptyError] is Refused[CupboardEmptyError]
    printed = str(SCHEMA)
    assert '"""There is nothing left in the cupboard."""\ntype CupboardEmpty implements Refusal {' in printed


def test_the_codes_are_an_enum_of_what_this_schema_can_refuse() -> None:
    enum = SCHEMA._schema.type_map["RefusalCode"]
    values = {name: value.description for name, value in enum.values.items()}  # type: ignore[attr-defined]  # an enum
    assert list(values) == ["CUPBOARD_EMPTY", "CUPBOARD_LOCKED", "INVALID_INPUT"]
    assert values["CUPBOARD_LOCKED"] == "The cupboard is locked."
    assert "code: RefusalCode!" in str(SCHEMA)


@pytest.mark.parametrize(
    ("jars", "more", "field"),
    [
        ([JAR, "junk"], {}, "input.jarIds[1]"),
        ([SPOON], {}, "input.jarIds[0]"),
        ([JAR], {"spoonId": JAR}, "input.spoonId"),
        ([JAR], {"spoonId": ""}, "input.spoonId"),
        ([JAR], {"grams": 0}, "input.packSizes[3].leastGrams"),
    ],
)
async def test_an_invalid_input_names_its_field(jars: list[str], more: dict[str, Any], field: str) -> None:
    answer = await take(jars, **more)
    assert (answer["__typename"], answer["code"], answer["field"]) == (
        "InvalidInput",
        "INVALID_INPUT",
        field,
    )


async def test_ids_are_taken_once_each_in_their_order() -> None:
    other = relay_id(Jar, "a")
    assert await take([JAR, other, JAR]) == {
        "__typename": "TakeJarsPayload",
        "jars": [{"id": JAR}, {"id": other}],
    }


@pytest.mark.parametrize("identifier", ["", "x", "台北", "SmFy", "é", SPOON])
async def test_a_bad_id_in_a_query_is_an_error_that_names_the_argument(identifier: str) -> None:
    result = await SCHEMA.execute("query ($id: ID!) { jar(id: $id) { id } }", {"id": identifier})
    assert result.errors is not None
    [error] = result.errors
    assert isinstance(error.original_error, InvalidInputError)
    assert error.original_error.field == "id"


def test_a_path_is_put_before_the_field() -> None:
    with pytest.raises(InvalidInputError) as refused, inside("visits[2]"), inside("packs[0]"):
        raise InvalidInputError("soc_percent", "Too much.")
    assert refused.value.field == "visits[2].packs[0].socPercent"
    with pytest.raises(InvalidInputError) as refused, inside("near.point"):
        raise InvalidInputError("", "Outside the earth.")
    assert refused.value.field == "near.point"


async def test_a_message_that_quotes_a_long_value_is_cut() -> None:
    refused = await take([JAR, "junk" * 5_000])
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", "input.jarIds[1]")
    assert refused["message"].startswith("'junkjunk")
    assert len(refused["message"]) == LONGEST_MESSAGE
