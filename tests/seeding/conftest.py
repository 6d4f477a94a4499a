from pathlib import Path

import pytest

from navswap.settings import Settings


@pytest.fixture(scope="session")
def gogoro_file() -> Path:
    path = Settings().benchmark_data / "gogoro" / "gostations.json"
    if not path.is_file():
        pytest.skip(f"the GoStation list is absent at {path}; NAVSWAP_BENCHMARK_DATA names its folder")
    return path
