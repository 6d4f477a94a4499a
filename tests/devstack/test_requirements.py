from functools import partial

import pytest

from tests.support import requirements
from tests.support.requirements import require


def test_a_test_whose_tool_is_absent_is_skipped_with_the_reason(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NAVSWAP_FORBID_SKIPS", raising=False)
    monkeypatch.setenv("PATH", "")
    request.node.add_marker("needs_java")
    with pytest.raises(pytest.skip.Exception, match="java and mvn not on PATH"):
        require(request.node)


def test_a_test_whose_tool_is_absent_fails_where_skips_are_forbidden(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAVSWAP_FORBID_SKIPS", "1")
    monkeypatch.setenv("NAVSWAP_BENCHMARK_DATA", "no/such/folder")
    request.node.add_marker("needs_benchmark_data")
    with pytest.raises(pytest.fail.Exception, match="needs_benchmark_data: no folder"):
        require(request.node)


def test_a_test_that_needs_nothing_runs(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for: list[str] = []
    for marker in requirements.MISSING:
        monkeypatch.setitem(requirements.MISSING, marker, partial(looked_for.append, marker))
    require(request.node)
    assert looked_for == []
