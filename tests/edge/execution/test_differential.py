"""graphql-core's answer is ours, on generated documents and data.

`NAVSWAP_DIFFERENTIAL_CASES` is the number of cases of each test; a document with one set of data is a case.
"""

import asyncio
import os
from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from navswap.edge.execution.plans import Plans
from tests.edge.execution.data import Data
from tests.edge.execution.differential import difference, settled
from tests.edge.execution.documents import Document, documents
from tests.edge.execution.kinds import SCHEMA
from tests.edge.execution.own import OWN

CASES = int(os.environ.get("NAVSWAP_DIFFERENTIAL_CASES", "300"))
SETS = 10
"""Sets of data for each document."""

KINDS = SCHEMA._schema

pytestmark = [  # graphql-core leaves coroutines behind below an error
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

examples = settings(
    max_examples=max(1, CASES // SETS),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # a smaller case would take minutes to find, and says no more
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def check(
    schema: GraphQLSchema,
    written: Document,
    seed: int,
    *,
    root: str,
    oddness: float,
    later: float,
    depth: int = 3,
) -> None:
    document = parse(written.text)
    assume(not validate(schema, document))
    kind: Any = schema.type_map[root]
    plans = Plans(runs=1)

    async def compare(number: int) -> str | None:
        found = await difference(
            schema,
            document,
            Data(schema, seed + number, oddness=oddness, later=later).object(kind, depth),
            written.variables,
            "stranger" if number == 1 else "friend",
            plans,
            races=later > 0 or root == "Own" or "ater" in written.text,
        )
        await settled()
        return found

    for number in range(SETS):
        found = asyncio.run(compare(number))
        assert found is None, f"{found}\n{written.text}\n{written.variables} seed {seed + number}"


@examples
@given(documents(KINDS), st.integers(0, 2**32))
def test_proper_data_gives_the_answer_of_graphql_core(written: Document, seed: int) -> None:
    check(KINDS, written, seed, root="Root", oddness=0.0, later=0.0)


@examples
@given(documents(KINDS), st.integers(0, 2**32))
def test_odd_data_gives_its_errors_in_their_order(written: Document, seed: int) -> None:
    check(KINDS, written, seed, root="Root", oddness=0.06, later=0.0)


@examples
@given(documents(KINDS), st.integers(0, 2**32))
def test_awaitables_anywhere_give_the_same_answer(written: Document, seed: int) -> None:
    check(KINDS, written, seed, root="Root", oddness=0.02, later=0.08)


@examples
@given(documents(KINDS, kind="mutation"), st.integers(0, 2**32))
def test_mutations_give_the_same_answer(written: Document, seed: int) -> None:
    check(KINDS, written, seed, root="Changes", oddness=0.04, later=0.02)


@examples
@given(documents(OWN._schema, depth=4), st.integers(0, 2**32))
def test_types_of_navswap_give_the_same_answer(written: Document, seed: int) -> None:
    check(OWN._schema, written, seed, root="Own", oddness=0.03, later=0.0)
