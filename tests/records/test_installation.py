"""The secret of an installation: one, whoever asks first, and never another."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from standfast.records.installation import Installation
from standfast.records.store import RecordStore


def test_processes_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    stores = [RecordStore(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda one: one.installation.key_secret(), stores))
    for one in stores:
        one.close()
    assert len(found) == 1
    assert len(found.pop()) == 32


def test_it_is_there_after_a_restart_and_is_kept_by_the_process(store: RecordStore) -> None:
    secret = store.installation.key_secret()
    assert store.installation.key_secret() is secret
    again = Installation(store.installation._database)
    assert again.key_secret() == secret
