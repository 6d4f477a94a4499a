from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from navswap.edge.schema import LimitedSchema
from navswap.infra.telemetry import correlated
from navswap.kit.errors import LONGEST_MESSAGE
from tests.edge.sample import Mutation, Query, SampleContext, Subscription

SCHEMA = LimitedSchema(query=Query, mutation=Mutation, subscription=Subscription)


def bugs() -> float:
    return REGISTRY.get_sample_value("navswap_bugs_total") or 0.0


async def streamed(document: str, schema: LimitedSchema = SCHEMA) -> list[ExecutionResult]:
    results = await schema.stream(document, context_value=SampleContext())
    return [result async for result in results]  # type: ignore[misc]  # no incremental delivery in this schema


@pytest.mark.parametrize(
    "document", ["{ broken }", "{ mistyped }", "{ missing }", "mutation { broken }", "{ hello broken }"]
)
async def test_a_bug_is_masked_logged_and_counted(document: str) -> None:
    before = bugs()
    with structlog.testing.capture_logs() as logs, correlated("request-7"):
        result = await SCHEMA.execute(document, context_value=SampleContext())
    assert result.errors is not None
    assert [(error.message, error.extensions) for error in result.errors] == [
        ("Internal error", {"code": "INTERNAL", "correlationId": "request-7"})
    ]
    assert result.errors[0].path
    assert "hunter2" not in str(result.errors[0].formatted)
    [logged] = [line for line in logs if line["event"] == "bug"]
    assert logged["correlation_id"] == "request-7"
    assert isinstance(logged["exc_info"], Exception)
    assert logged["exc_info"].__traceback__ is not None
    assert bugs() == before + 1


@pytest.mark.parametrize(
    ("document", "before_it"),
    [
        ("subscription { breaks(after: 0) }", []),
        ("subscription { breaks(after: 2) }", [0, 1]),
        ("subscription { mistyped }", []),
        ("{ broken }", []),
    ],
)
async def test_a_bug_in_a_stream_is_masked(document: str, before_it: list[int]) -> None:
    before = bugs()
    *good, last = await streamed(document)
    assert [result.data for result in good] == [{"breaks": number} for number in before_it]
    assert last.errors is not None
    assert [error.message for error in last.errors] == ["Internal error"]
    assert bugs() == before + 1


@pytest.mark.parametrize(
    ("document", "before_it"),
    [("subscription { refuses(after: 0) }", 0), ("subscription { refuses(after: 2) }", 2)],
)
async def test_a_refusal_in_a_stream_keeps_its_code_and_message(document: str, before_it: int) -> None:
    *good, last = await streamed(document)
    assert len(good) == before_it
    assert last.errors is not None
    assert [(error.message, error.extensions) for error in last.errors] == [
        ("The session has ended.", {"code": "SLOT_TAKEN"})
    ]


async def test_a_refusal_keeps_its_code_and_message_and_is_no_bug() -> None:
    before = bugs()
    result = await SCHEMA.execute("{ refused }", context_value=SampleContext())
    assert result.errors is not None
    assert [error.formatted for error in result.errors] == [
        {
            "message": "Another rider was faster.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["refused"],
            "extensions": {"code": "SLOT_TAKEN"},
        }
    ]
    assert bugs() == before


@pytest.mark.parametrize(
    ("document", "variables", "code", "part"),
    [
        ("{ hello", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ("{ unknown }", {}, "GRAPHQL_VALIDATION_FAILED", "unknown"),
        ("{ half(number: 1.5) }", {}, "GRAPHQL_VALIDATION_FAILED", "1.5"),
        ("query ($n: Int!) { half(number: $n) }", {}, "BAD_USER_INPUT", "$n"),
        ("query ($n: Int!) { half(number: $n) }", {"n": "one"}, "BAD_USER_INPUT", "one"),
        ("query ($n: Int!) { half(number: $n) }", {"n": 2**40}, "BAD_USER_INPUT", "1099511627776"),
        ("query ($m: Mood!) { mood(mood: $m) }", {"m": "SAD"}, "BAD_USER_INPUT", "SAD"),
        ("query ($s: String) { hello(name: $s) }", {"s": None}, "BAD_USER_INPUT", "name"),
    ],
)
async def test_a_fault_of_the_document_or_of_its_values_stays_readable(
    document: str, variables: dict[str, Any], code: str, part: str
) -> None:
    before = bugs()
    result = await SCHEMA.execute(document, variables, context_value=SampleContext())
    assert result.errors is not None
    assert result.errors[0].extensions is not None
    assert result.errors[0].extensions["code"] == code
    assert part in result.errors[0].message
    assert bugs() == before


async def test_a_bug_of_an_extension_is_masked() -> None:
    class Broken(SchemaExtension):
        def on_execute(self) -> Any:
            raise RuntimeError("password=hunter2")

    schema = LimitedSchema(query=Query, subscription=Subscription, extensions=[Broken])
    result = await schema.execute("{ hello }", context_value=SampleContext())
    *_, last = await streamed("subscription { count }", schema)
    assert [error.message for error in (*(result.errors or ()), *(last.errors or ()))] == [
        "Internal error"
    ] * 2


async def test_an_error_of_graphql_with_a_code_is_meant_to_be_read() -> None:
    result = await SCHEMA.execute("{ closed }", context_value=SampleContext())
    assert result.errors is not None
    assert (result.errors[0].message, result.errors[0].extensions) == (
        "Come back tomorrow.",
        {"code": "CLOSED"},
    )


async def test_an_invalid_input_names_its_field() -> None:
    result = await SCHEMA.execute("{ misused }", context_value=SampleContext())
    assert result.errors is not None
    assert [(error.message, error.extensions) for error in result.errors] == [
        ("There is no such pack.", {"code": "INVALID_INPUT", "field": "packIds[2]"})
    ]


@pytest.mark.parametrize("value", ["1" * 5_000, f'"{"x" * 5_000}"'], ids=["number", "text"])
async def test_a_message_that_quotes_a_long_value_is_cut_and_keeps_its_code(value: str) -> None:
    result = await SCHEMA.execute(f"{{ hello(name: [{value}]) }}", context_value=SampleContext())
    assert result.errors is not None
    [error] = result.errors
    assert error.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert len(error.message) == LONGEST_MESSAGE
