from typing import Any

import pytest
from graphql import get_introspection_query, parse
from prometheus_client import REGISTRY
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from navswap.edge.documents import Documents
from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.limits import Limits
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.settings import Environment, Settings
from tests.edge.sample import Mutation, Query, SampleContext, Subscription
from tests.support.deployment import deployment_secrets

SCHEMA = LimitedSchema(query=Query, mutation=Mutation, subscription=Subscription)
PRODUCTION = LimitedSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    policy=SchemaPolicy.of(
        Settings(environment=Environment.PRODUCTION, **deployment_secrets())  # type: ignore[arg-type]  # a table of values
    ),
)
ANONYMOUS = SampleContext()
SIGNED_IN = SampleContext(principal="rider-1")


def codes(result: ExecutionResult) -> list[Any]:
    return [(error.extensions or {}).get("code") for error in result.errors or ()]


async def test_more_tokens_than_allowed_are_not_parsed_nor_kept() -> None:
    schema = LimitedSchema(query=Query, policy=SchemaPolicy(Limits(tokens=10)))
    for _ in range(2):
        result = await schema.execute("{ hello hello hello hello hello hello hello hello hello }")
        assert codes(result) == ["TOO_MANY_TOKENS"]
        assert "10 tokens" in result.errors[0].message  # type: ignore[index]  # the line above counted it
    assert codes(await schema.execute("{ a b c d e f g h }")) == ["GRAPHQL_VALIDATION_FAILED"] * 8


async def test_comments_count_as_tokens() -> None:
    schema = LimitedSchema(query=Query, policy=SchemaPolicy(Limits(tokens=10)))
    assert codes(await schema.execute("{ hello }" + "\n#" * 10)) == ["TOO_MANY_TOKENS"]


async def test_limits_hold_for_kept_documents_too() -> None:
    schema = LimitedSchema(query=Query, policy=SchemaPolicy(Limits(depth=2)))
    for _ in range(3):
        assert codes(await schema.execute("{ me { friend { name } } }")) == ["QUERY_TOO_DEEP"]
        assert codes(await schema.execute("{ me { name } }")) == []


async def test_variables_with_too_many_values_are_refused_before_the_document_is_checked() -> None:
    schema = LimitedSchema(query=Query, policy=SchemaPolicy(Limits(variable_values=5)))
    over = {"ids": [1, 2, 3, 4, 5]}
    result = await schema.execute("{ unknown }", variable_values=over)
    assert codes(result) == ["TOO_MANY_VARIABLE_VALUES"]
    known = schema.documents.find("{ unknown }")
    assert known is not None
    assert known.findings == {}, "nothing was checked"
    assert (await schema.execute("{ hello }", variable_values={"ids": [1, 2, 3, 4]})).errors is None
    results = [found async for found in await schema.stream("{ hello }", variable_values=over)]
    assert [codes(found) for found in results] == [["TOO_MANY_VARIABLE_VALUES"]]  # type: ignore[arg-type]


async def test_an_anonymous_client_learns_that_a_document_has_too_many_definitions() -> None:
    schema = LimitedSchema(
        query=Query, policy=SchemaPolicy(Limits(definitions=2), hides_schema_from=lambda _: True)
    )
    document = "query One { hello } query Two { hello } query Three { hello }"
    result = await schema.execute(document, operation_name="One", context_value=ANONYMOUS)
    assert codes(result) == ["TOO_MANY_DEFINITIONS"]


async def test_a_document_is_parsed_and_checked_once() -> None:
    schema = LimitedSchema(query=Query)
    await schema.execute("{ hello }")
    known = schema.documents.find("{ hello }")
    assert known is not None
    assert (await schema.execute("{ hello }")).data == {"hello": "hello world"}
    assert schema.documents.find("{ hello }") is known
    assert known.findings == {False: []}


@pytest.mark.parametrize(
    ("document", "variables", "name"),
    [
        ("{ hello }", None, None),
        ('query ($n: String = "Mei") { hello(name: $n) }', None, None),
        ("query ($n: Int!) { half(number: $n) }", {"n": 4}, None),
        ("query ($n: Int!) { half(number: $n) }", {"n": "four"}, None),
        ("query ($n: Int!) { half(number: $n) }", None, None),
        ("query A { hello } query B { me { name friend { name } } }", None, "B"),
        ("query A { hello } query B { hello }", None, "C"),
        ("mutation { hello broken }", None, None),
        ("{ hello refused }", None, None),
        ("subscription { count }", None, None),
    ],
)
async def test_an_operation_answers_the_same_every_time(
    document: str, variables: dict[str, Any] | None, name: str | None
) -> None:
    async def answer(schema: LimitedSchema, values: dict[str, Any] | None) -> tuple[Any, Any]:
        try:
            result = await schema.execute(document, values, ANONYMOUS, operation_name=name)
        except CannotGetOperationTypeError as unknown:
            return None, str(unknown)
        errors = [error.formatted for error in result.errors or ()]
        for error in errors:
            error.get("extensions", {}).pop("correlationId", None)
        return result.data, errors

    schema = LimitedSchema(query=Query, mutation=Mutation, subscription=Subscription)
    fresh = await answer(schema, variables)
    assert [await answer(schema, variables) for _ in range(3)] == [fresh] * 3
    if variables:
        assert (await answer(schema, {"n": 8}))[0] == {"half": 4}
        assert await answer(schema, variables) == fresh


async def test_what_one_request_brings_does_not_stay_for_the_next() -> None:
    schema = LimitedSchema(query=Query)
    document = "query ($n: String) { hello(name: $n) broken }"
    for name in ("Mei", "Lin", "Mei"):
        result = await schema.execute(document, {"n": name}, ANONYMOUS)
        assert result.data == {"hello": f"hello {name}", "broken": None}
        assert codes(result) == ["INTERNAL"]


def test_only_the_latest_documents_are_kept() -> None:
    documents = Documents(Limits(), entries=2)
    sources = {name: f"{{ {name} }}" for name in "abc"}
    documents.keep(sources["a"], parse(sources["a"]))
    documents.keep(sources["b"], parse(sources["b"]))
    documents.find(sources["a"])
    documents.keep(sources["c"], parse(sources["c"]))
    assert [documents.find(source) is not None for source in sources.values()] == [True, False, True]


def test_a_document_longer_than_others_need_is_not_kept() -> None:
    documents = Documents(Limits(), longest=10)
    documents.keep("{ a     }", parse("{ a }"))
    documents.keep("{ a      } ", parse("{ a }"))
    assert len(documents) == 1


async def test_a_document_that_does_not_parse_is_not_kept() -> None:
    schema = LimitedSchema(query=Query)
    await schema.execute("{ hello")
    assert len(schema.documents) == 0


async def test_one_of_several_operations_must_be_named() -> None:
    document = "query One { hello } query Two { me { name } }"
    assert codes(await SCHEMA.execute(document)) == ["OPERATION_RESOLUTION_FAILURE"]
    assert (await SCHEMA.execute(document, operation_name="Two")).data == {"me": {"name": "Mei"}}
    assert (await SCHEMA.execute("query One { hello }")).data == {"hello": "hello world"}
    results = [result async for result in await SCHEMA.stream(document)]
    assert [codes(result) for result in results] == [["OPERATION_RESOLUTION_FAILURE"]]  # type: ignore[arg-type]


async def test_introspection_works_for_everybody_outside_production() -> None:
    result = await SCHEMA.execute(get_introspection_query(), context_value=ANONYMOUS)
    assert result.errors is None


async def test_the_schema_is_walked_once_for_a_document_and_each_of_its_operations() -> None:
    schema = LimitedSchema(query=Query)
    document = 'query A { __type(name: "Query") { name } } query B { a: __type(name: "Query") { kind } }'
    for _ in range(2):
        for operation, data in (("A", {"__type": {"name": "Query"}}), ("B", {"a": {"kind": "OBJECT"}})):
            result = await schema.execute(document, operation_name=operation)
            assert (result.data, result.errors) == (data, None)
    known = schema.documents.find(document)
    assert known is not None
    assert known.introspections.keys() == {"A", "B"}
    known.introspections["A"]["__type"] = {"name": "from memory"}
    remembered = await schema.execute(document, operation_name="A")
    assert remembered.data == {"__type": {"name": "from memory"}}


async def test_an_introspection_that_depends_on_more_than_its_document_is_not_remembered() -> None:
    schema = LimitedSchema(query=Query)
    document = "query ($name: String!) { __type(name: $name) { name } }"
    for name in ("Query", "String"):
        result = await schema.execute(document, variable_values={"name": name})
        assert result.data == {"__type": {"name": name}}
    mixed = '{ hello __type(name: "Query") { name } }'
    assert not (await schema.execute(mixed)).errors
    kept = [schema.documents.find(text) for text in (document, mixed)]
    assert [known and known.introspections for known in kept] == [{}, {}]


async def test_production_introspects_for_the_signed_in_only() -> None:
    for document in (get_introspection_query(), '{ __type(name: "Query") { name } }'):
        assert codes(await PRODUCTION.execute(document, context_value=ANONYMOUS)) == ["INTROSPECTION_OFF"]
        assert codes(await PRODUCTION.execute(document, context_value=SIGNED_IN)) == []
    assert (await PRODUCTION.execute("{ __typename }", context_value=ANONYMOUS)).data == {
        "__typename": "Query"
    }


@pytest.mark.parametrize(
    "document", ["{ hallo }", "{ me { nam } }", "{ hello(nama: 1) }", "{ hello(name: 1) }"]
)
async def test_production_names_nothing_of_the_schema_to_the_anonymous(document: str) -> None:
    result = await PRODUCTION.execute(document, context_value=ANONYMOUS)
    assert result.errors is not None
    assert [error.formatted for error in result.errors] == [
        {
            "message": "The document is not valid against the schema; sign in to learn why.",
            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
        }
    ]
    told = await PRODUCTION.execute(document, context_value=SIGNED_IN)
    assert told.errors is not None
    assert "sign in" not in told.errors[0].message


async def test_production_proposes_no_value_to_the_anonymous() -> None:
    document = "query ($m: Mood!) { mood(mood: $m) }"
    hidden = await PRODUCTION.execute(document, {"m": "CALMM"}, context_value=ANONYMOUS)
    told = await PRODUCTION.execute(document, {"m": "CALMM"}, context_value=SIGNED_IN)
    assert hidden.errors is not None
    assert told.errors is not None
    assert "Did you mean" in told.errors[0].message
    assert "Did you mean" not in hidden.errors[0].message
    assert "CALMM" in hidden.errors[0].message


async def test_production_proposes_no_field_of_an_input_to_the_anonymous() -> None:
    """graphql-core puts the proposal in the middle of the message there."""
    document = "query ($w: Wish!) { wish(wish: $w) }"
    hidden = await PRODUCTION.execute(document, {"w": {"tex": "more"}}, context_value=ANONYMOUS)
    shown = await PRODUCTION.execute(document, {"w": {"tex": "more"}}, context_value=SIGNED_IN)
    assert any("Did you mean 'text'?" in error.message for error in shown.errors or ())
    assert hidden.errors
    assert not [error.message for error in hidden.errors if "Did you mean" in error.message]
    assert any("unknown field 'tex'" in error.message for error in hidden.errors)


async def test_production_still_names_the_limits_to_the_anonymous() -> None:
    document = "{ me " + "{ friend " * 20 + "{ name }" + "}" * 20 + "}"
    assert codes(await PRODUCTION.execute(document, context_value=ANONYMOUS)) == ["QUERY_TOO_DEEP"]


async def test_the_memory_of_selections_ends_with_each_event() -> None:
    remembered: list[int] = []

    class Watched(CompiledExecutor):
        def build_per_event_executor(self, payload: Any) -> Any:
            remembered.append(len(self._relevant_sub_fields))
            return super().build_per_event_executor(payload)

    schema = LimitedSchema(query=Query, subscription=Subscription, execution_context_class=Watched)
    results = await schema.stream("subscription { people(to: 50) { name } }")
    assert [result.data async for result in results] == [{"people": {"name": f"{n}"}} for n in range(50)]  # type: ignore[union-attr]
    assert remembered == [0] * 50


@pytest.mark.parametrize(
    ("document", "operation", "kind", "outcome"),
    [
        ("{ hello }", "hello", "query", "ok"),
        ("mutation { hello }", "hello", "mutation", "ok"),
        ("{ broken }", "broken", "query", "errors"),
        ("subscription { count }", "count", "subscription", "ok"),
        ("{ unknown }", "invalid", "invalid", "invalid"),
        ("{ hello", "invalid", "invalid", "invalid"),
        ("query { ...F } fragment F on Query { hello }", "fragment", "query", "ok"),
    ],
)
async def test_operations_are_counted_by_a_name_of_the_schema(
    document: str, operation: str, kind: str, outcome: str
) -> None:
    def counted() -> float:
        labels = {"operation": operation, "kind": kind, "outcome": outcome}
        return REGISTRY.get_sample_value("navswap_operations_total", labels) or 0.0

    before = counted()
    async for _ in await SCHEMA.stream(document):
        pass
    assert counted() == before + 1


@pytest.mark.parametrize(
    "document",
    [
        "{ hello }",
        "query ($n: String!) { hello(name: $n) }",
        "query ($n: Int!) { hello(name: $n) }",
        "mutation { hello }",
        "subscription { count }",
        "{ broken }",
        "{ unknown }",
        "{ hello",
        "query A { hello } query B { hello }",
        "{ __schema { queryType { name } } }",
    ],
)
@pytest.mark.parametrize("context", [ANONYMOUS, SIGNED_IN])
async def test_a_document_that_comes_again_is_answered_as_the_first_time(
    document: str, context: SampleContext
) -> None:
    schema = LimitedSchema(
        query=Query, mutation=Mutation, subscription=Subscription, policy=PRODUCTION._policy
    )

    async def answer() -> Any:
        try:
            result = await schema.execute(
                document, {"n": 3}, context_value=context, allowed_operation_types=[OperationType.QUERY]
            )
        except Exception as refusal:  # noqa: BLE001 - how an operation is refused is part of the answer
            return type(refusal)
        errors = [error.formatted for error in result.errors or ()]
        for error in errors:
            error.get("extensions", {}).pop("correlationId", None)
        return result.data, errors, result.extensions or {}

    first = await answer()
    assert [await answer() for _ in range(3)] == [first] * 3


async def test_a_document_that_comes_again_is_counted_each_time() -> None:
    def counted(outcome: str) -> float:
        labels = {"operation": "hello", "kind": "query", "outcome": outcome}
        return REGISTRY.get_sample_value("navswap_operations_total", labels) or 0.0

    before = counted("ok"), counted("errors")
    for _ in range(3):
        await SCHEMA.execute("{ hello  }")
        await SCHEMA.execute("{ hello broken  }")
    assert (counted("ok"), counted("errors")) == (before[0] + 3, before[1] + 3)
