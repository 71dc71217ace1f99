"""Each version of the policy that is in force is in the audit log."""

from pathlib import Path

from standfast.hosting.policy_versions import PolicyVersions
from standfast.policy_file.source import PolicySource
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.policy.small import SMALL, bent


def _on_record(records: RecordStore) -> list[str]:
    found = records.audit.newest(9, kind=AuditKind.POLICY_TAKEN)
    return [entry.subject.removeprefix("version ") for entry in reversed(found)]


async def test_each_version_is_recorded_once_and_waits_while_the_records_are_away(
    tmp_path: Path,
) -> None:
    path, place = tmp_path / "policy.yaml", tmp_path / "records"
    path.write_text(SMALL)
    source = PolicySource(path)
    first = source.current().version
    place.write_text("a file where the directory shall be: the records are away")
    records = RecordStore(f"sqlite:///{place / 'records.db'}", patience=1)
    versions = PolicyVersions(source, records)
    await versions.look()
    path.write_text(bent("Tiny", "Larger"))
    await versions.look()
    second = source.current().version

    place.unlink()
    place.mkdir()
    await versions.look()
    assert _on_record(records) == [first, second]
    await versions.look()
    await PolicyVersions(source, records).look()  # another worker
    assert _on_record(records) == [first, second]

    path.write_text(SMALL)
    await versions.look()
    assert _on_record(records) == [first, second, first]
    records.close()
