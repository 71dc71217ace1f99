"""The settings of commands that work on the server's machine only."""

from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings, load_settings


def local_settings(*, worker_processes: int | None = None) -> Settings:
    """The settings, as `load_settings` gives them.

    Raises:
        HostingError: one is wrong, or STANDFAST_URL says to work through the API.
    """
    settings = load_settings(worker_processes=worker_processes)
    if settings.url:
        raise HostingError(
            f"this command works on the server's machine only, not through {settings.url}: run it "
            "there, without STANDFAST_URL"
        )
    return settings
