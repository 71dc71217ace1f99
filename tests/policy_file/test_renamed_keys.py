"""An old key of the policy is refused, with its line and the new key."""

from pathlib import Path

import pytest
import yaml

from standfast.policy_file.loading import PolicyError, load_policy
from standfast.policy_file.renamed_keys import RENAMED_KEYS, new_name
from tests.policy.small import SMALL


def with_key(place: str, value: object = 1) -> tuple[str, int]:
    """`SMALL` with a key at the dotted place, and the line that it is on."""
    policy = yaml.safe_load(SMALL)
    *sections, key = place.split(".")
    section = policy
    for name in sections:
        section = section.setdefault(name, {})
    section[key] = value
    text = yaml.safe_dump(policy, sort_keys=False)
    depth = "  " * len(sections)
    (line,) = [n for n, line in enumerate(text.splitlines(), 1) if line == f"{depth}{key}: {value}"]
    return text, line


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_an_old_key_is_refused_with_its_line_and_the_new_one(
    tmp_path: Path, old: str, new: str
) -> None:
    place = old.replace("*", "some")
    text, line = with_key(place)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    told = [str(problem) for problem in refused.value.problems]
    assert f"{path}:{line}: {place}: is now called `{new}`" in told


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_the_new_key_is_known(tmp_path: Path, old: str, new: str) -> None:
    sections, _, _ = old.replace("*", "some").rpartition(".")
    place = f"{sections}.{new}" if sections else new
    text, _ = with_key(place)
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    try:
        load_policy(path)
    except PolicyError as refused:  # what it holds may be wrong, and a section around it unfinished
        unknown = [p for p in refused.problems if p.place == place and "not known" in p.message]
        assert not unknown


def test_no_new_key_is_an_old_one() -> None:
    for old, new in RENAMED_KEYS.items():
        sections, _, _ = old.rpartition(".")
        assert new_name([*sections.split("."), new] if sections else [new]) is None
