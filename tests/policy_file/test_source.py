"""The policy in force follows its files, and survives every edit that breaks them."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from standfast.policy_file.loading import PolicyError
from standfast.policy_file.source import PolicySource
from tests.policy.small import SMALL, bent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(SMALL)
    return path


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def test_a_policy_that_was_never_good_is_refused_at_once(path: Path) -> None:
    path.write_text(bent("service_desk: desk", "service_desk: dusk"))
    with pytest.raises(PolicyError, match="no team 'dusk'"):
        PolicySource(path)


def test_it_is_read_once_while_nothing_changes(path: Path) -> None:
    source = PolicySource(path)
    assert source.current() is source.current()


def test_an_edit_is_in_force_at_the_next_look(path: Path) -> None:
    source = PolicySource(path)
    before = source.current()
    path.write_text(bent("Tiny", "Larger"))
    after = source.current()
    assert (before.organisation, after.organisation) == ("Tiny", "Larger")
    assert before.version != after.version


def test_a_replaced_file_of_the_same_size_and_time_is_seen(path: Path) -> None:
    source = PolicySource(path)
    status = path.stat()
    other = path.with_name("other.yaml")
    other.write_text(bent("Tiny", "Tidy"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(other, path)
    assert source.current().organisation == "Tidy"


def test_an_edit_of_what_it_extends_is_seen(path: Path) -> None:
    own = path.with_name("own.yaml")
    own.write_text("extends: policy.yaml\n")
    source = PolicySource(own)
    path.write_text(bent("Tiny", "Larger"))
    assert source.current().organisation == "Larger"


def test_a_broken_edit_leaves_the_last_good_policy_and_is_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = PolicySource(path)
    good = source.current()

    path.write_text(bent("service_desk: desk", "service_desk: dusk"))
    assert all(source.current() is good for _ in range(5))
    (warning,) = warnings(caplog)
    assert f"{path}:2: service_desk: no team 'dusk'" in warning
    assert f"version {good.version} stays in force" in warning

    os.utime(path, (0, 0))  # saved again, broken in the same way
    assert source.current() is good
    assert len(warnings(caplog)) == 1

    path.write_text("people: [\n")  # broken in another way
    assert source.current() is good
    assert len(warnings(caplog)) == 2

    path.write_text(bent("Tiny", "Larger"))
    assert source.current().organisation == "Larger"
    assert len(warnings(caplog)) == 2

    path.write_text("people: [\n")  # and broken once more
    assert source.current().organisation == "Larger"
    assert len(warnings(caplog)) == 3


def test_the_repair_may_be_in_any_of_the_files(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = PolicySource(path)
    path.write_text("extends: later.yaml\norganisation: Own\n")
    assert source.current().organisation == "Tiny"
    assert "later.yaml' cannot be read" in warnings(caplog)[0]
    path.with_name("later.yaml").write_text(SMALL)
    assert source.current().organisation == "Own"


def test_a_deleted_file_leaves_the_last_good_policy(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = PolicySource(path)
    path.unlink()
    assert source.current().organisation == "Tiny"
    assert "No such file or directory" in warnings(caplog)[0]


def test_many_threads_may_ask_while_it_changes(path: Path) -> None:
    source = PolicySource(path)
    names = [f"Company {number}" for number in range(20)]
    seen: list[str] = []
    with ThreadPoolExecutor(8) as pool:
        for name in names:
            # Moved into place, so that nobody reads half a file.
            fresh = path.with_name("fresh.yaml")
            fresh.write_text(bent("Tiny", name))
            before = pool.map(lambda _: source.current().organisation, range(4))
            os.replace(fresh, path)
            after = list(pool.map(lambda _: source.current().organisation, range(4)))
            assert after == [name] * 4
            seen += before
    assert set(seen) <= {"Tiny", *names}
