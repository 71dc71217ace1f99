"""The keys that sign: set, or made once for all processes of a data directory."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.roles import Role
from tests.console.house import open_house
from tests.patience import PATIENCE

OLD, NEW = "old-" * 8, "new-" * 8


def keys(place: Path, signing_key: str | None = None) -> tuple[bytes, ...]:
    return signing_keys(
        Settings(data_dir=place, signing_key=SecretStr(signing_key) if signing_key else None)
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (OLD, (OLD.encode(),)),
        (f"{NEW},{OLD}", (NEW.encode(), OLD.encode())),
        (f" {NEW} , {OLD} ,", (NEW.encode(), OLD.encode())),
    ],
)
def test_keys_of_the_settings_need_no_file(
    tmp_path: Path, setting: str, expected: tuple[bytes, ...]
) -> None:
    assert keys(tmp_path / "nowhere", setting) == expected
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("short-secret", "STANDFAST_SIGNING_KEY: key 1 has 12 characters, fewer than 32"),
        (f"{OLD},short-secret", "STANDFAST_SIGNING_KEY: key 2 has 12 characters"),
        (" , ", "STANDFAST_SIGNING_KEY: there is no key in it"),
    ],
)
def test_a_key_that_could_be_guessed_is_refused_and_not_shown(
    tmp_path: Path, setting: str, words: str
) -> None:
    with pytest.raises(BadSetting, match=words) as refused:
        keys(tmp_path, setting)
    assert "short-secret" not in str(refused.value)


def test_the_key_of_a_data_directory_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "data"
    [made] = keys(place)
    assert keys(place) == (made,)
    assert len(made) == 64
    assert [file.name for file in place.iterdir()] == ["signing.key"]
    assert stat.S_IMODE((place / "signing.key").stat().st_mode) == 0o600
    assert keys(tmp_path / "other") != (made,)


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from standfast.hosting.settings import Settings; "
        "from standfast.hosting.signing import signing_keys; sys.stdin.readline(); "
        "print(signing_keys(Settings(data_dir=Path(sys.argv[1])))[0].decode())"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=PATIENCE)[0] for racer in racers]
    assert len({*told}) == 1
    assert len(told[0].strip()) == 64
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["signing.key"]


def test_a_file_that_holds_no_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_text("\n")
    with pytest.raises(HostingError, match="remove it, and a new one is made"):
        keys(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "signing.key").touch(mode=0o000)
    with pytest.raises(HostingError, match="Permission denied"):
        keys(tmp_path)


async def test_sessions_outlive_a_change_of_keys_until_the_old_one_is_taken_away(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path, signing_key=OLD) as house, house.browser() as browser:
        await browser.sign_in(house.token(Role.OPERATOR).secret)
        cookie = browser.cookies["standfast_session"]
    for setting, status in ((f"{NEW},{OLD}", 200), (f"{OLD},{NEW}", 200), (NEW, 303)):
        async with open_house(tmp_path, signing_key=setting) as house, house.browser() as browser:
            browser.http.cookies.set("standfast_session", cookie)
            assert (await browser.get("/inside")).status_code == status
