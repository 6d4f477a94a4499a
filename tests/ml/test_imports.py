"""What forecasts is imported in no time: libraries that learn, draw or read archives load where they are used."""

import subprocess
import sys

import pytest

HEAVY = ("lightgbm", "xgboost", "scipy", "sklearn", "polars", "pandas", "river", "optuna")


@pytest.mark.parametrize(
    "module", ["navswap.ml", "navswap.ml.catalog", "navswap.ml.serving", "navswap.ml.monitoring.quality"]
)
def test_importing_what_forecasts_loads_no_heavy_library(module: str) -> None:
    looked_for = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", looked_for], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
