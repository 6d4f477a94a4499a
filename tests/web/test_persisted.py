"""The project's own operations by their ids."""

from pathlib import Path

import orjson
import pytest

from navswap.app import create_app
from navswap.edge.persisted import ManifestUnreadableError, NotPersistedError, hash_of, read_manifests
from navswap.settings import Settings
from navswap.web.operations import documents, examples
from navswap.web.persisted import own_manifest, persisted_documents

OWN = [*documents().values(), *(example.document for example in examples())]


def test_the_manifest_holds_every_operation_of_the_dashboard_and_of_the_shelf(tmp_path: Path) -> None:
    file = tmp_path / "operations.json"
    file.write_bytes(orjson.dumps(own_manifest()))
    assert read_manifests([file]) == {hash_of(text): text for text in OWN}
    names = [operation["name"] for operation in own_manifest()["operations"]]
    assert len(set(names)) == len(names) == len(OWN)


def test_the_own_operations_and_those_of_the_settings_are_taken_and_no_others(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_bytes(orjson.dumps({"mine": "{ __typename }"}))
    known = persisted_documents(Settings(persisted_documents=[file], only_persisted_documents=True))
    assert all(known.text_of(text, None) == text for text in OWN)
    assert known.text_of(None, "mine") == "{ __typename }"
    with pytest.raises(NotPersistedError):
        known.text_of("{ node }", None)


def test_a_process_does_not_start_on_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnreadableError, match=r"absent\.json"):
        create_app(Settings(persisted_documents=[tmp_path / "absent.json"]))
