"""Whose a name is: the first who signs in under it, until an administrator says otherwise."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from standfast.records.people import Person, Subject, Taken
from standfast.records.store import RecordStore

NOW = datetime.now(UTC)


def _who(subject: str) -> Subject:
    return Subject(issuer="https://login.example", subject=subject)


def test_of_several_who_come_at_once_one_has_the_name(store: RecordStore) -> None:
    store.prepare()
    with ThreadPoolExecutor(4) as threads:
        found = list(
            threads.map(lambda n: store.people.claim("ana", _who(f"sub-{n}"), NOW), range(4))
        )
    assert sum(isinstance(each, Person) for each in found) == 1
    assert sum(isinstance(each, Taken) for each in found) == 3


def test_the_same_subject_of_another_provider_is_somebody_else(store: RecordStore) -> None:
    assert isinstance(store.people.claim("ana", _who("7"), NOW), Person)
    other = Subject(issuer="https://evil.example", subject="7")
    assert isinstance(store.people.claim("ana", other, NOW), Taken)


def test_whoever_changes_their_name_leaves_the_old_one_to_nobody(store: RecordStore) -> None:
    for name in ("ana", "ana-maria"):
        assert isinstance(store.people.claim(name, _who("7"), NOW), Person)
    assert isinstance(store.people.claim("ana", _who("8"), NOW), Taken)
    assert [each.name for each in store.people.all()] == ["ana", "ana-maria"]
    assert store.people.release("ana")
    assert not store.people.release("ana")
    assert isinstance(store.people.claim("ana", _who("8"), NOW), Person)
