"""Load over HTTP: by wrk where it is, and by the client for machines without it."""

from pathlib import Path

import pytest

from navswap.bench.errors import BenchError
from navswap.bench.http_load import Call, generator, put_load
from navswap.bench.processes import bare_routes


@pytest.mark.parametrize("path", [None, ""])
async def test_a_round_has_the_rate_and_the_latencies_of_good_answers(
    path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text('{"small": {"data": {"a": 1}}}')
    async with bare_routes(answers) as url:
        if path is not None:
            monkeypatch.setenv("PATH", path)
            assert generator() == "asyncio"
        done = await put_load(Call(f"{url}/small", {"query": "{ a }"}, {}), concurrency=2, seconds=1)
        assert done.per_second > 0
        assert len(done.latencies) >= 2
        assert done.latencies == sorted(done.latencies)
        with pytest.raises(BenchError, match="no good ones"):
            await put_load(Call(f"{url}/a/b", {"query": "{ a }"}, {}), concurrency=2, seconds=1)
