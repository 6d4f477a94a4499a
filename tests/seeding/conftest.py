from pathlib import Path

import pytest

from tests.support.requirements import benchmark_data


@pytest.fixture(scope="session")
def gogoro_file() -> Path:
    return benchmark_data() / "gogoro" / "gostations.json"
