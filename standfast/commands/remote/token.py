"""The token that the settings give, from the environment or from a file."""

from pathlib import Path

from pydantic import SecretStr

from standfast.hosting.errors import BadSetting
from standfast.hosting.setting_values import valid_token
from standfast.hosting.settings import Settings

_LONGEST_FILE = 4_096


def token_of(settings: Settings) -> SecretStr:
    """The token for the API.

    Raises:
        BadSetting: there is none, there are two, or the file has none in it.
    """
    if settings.token and settings.token_file:
        raise BadSetting("STANDFAST_TOKEN and STANDFAST_TOKEN_FILE are both set: keep one of them")
    if settings.token_file:
        return _in(settings.token_file)
    if settings.token is None:
        raise BadSetting(
            "STANDFAST_URL needs your token in STANDFAST_TOKEN, or in a file that "
            "STANDFAST_TOKEN_FILE names: an administrator makes one with `standfast token create`"
        )
    return settings.token


def _in(file: Path) -> SecretStr:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LONGEST_FILE).decode("ascii", errors="replace").strip()
    except OSError as error:
        raise BadSetting(f"STANDFAST_TOKEN_FILE: {file} cannot be read: {error.strerror}") from None
    try:
        return valid_token(SecretStr(text))
    except ValueError:
        # What the file says instead may be another secret.
        raise BadSetting(
            f"STANDFAST_TOKEN_FILE: {file} must have a token in it, as `standfast token create` "
            "prints it, and nothing else"
        ) from None
