"""Every subscription is proven: an old snapshot and the updates since are a fresh one."""

import ast
from collections.abc import Iterator
from pathlib import Path

from navswap.schema import build_schema

TESTS = Path(__file__).parents[1] / "features"
PROOFS = {"verify_stream", "verify_conflating_stream"}


def verified_names(module: ast.Module) -> Iterator[str]:
    """Yield the texts in a module of tests that verifies streams: the names of these are among them."""
    imported = {
        name.name for node in ast.walk(module) if isinstance(node, ast.ImportFrom) for name in node.names
    }
    if imported & PROOFS:
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_subscription_is_verified() -> None:
    root = build_schema()._schema.subscription_type
    assert root is not None
    modules = [ast.parse(path.read_text()) for path in TESTS.glob("*/test_*streams.py")]
    verified = {name for module in modules for name in verified_names(module)}
    assert root.fields.keys() - verified == set()
