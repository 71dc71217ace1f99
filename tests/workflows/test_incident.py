"""What importing the workflow loads: it decides, and others touch the world for it."""

import subprocess
import sys

DRIVERS_AND_CLIENTS = {
    *("alembic", "psycopg", "sqlalchemy", "sqlite3"),
    *("apprise", "fastapi", "httpx", "requests"),
    *("holidays", "icalendar", "recurring_ical_events", "yaml"),
}


def test_importing_the_workflow_loads_no_driver_and_no_client() -> None:
    program = "import sys, workflows.incident; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "activities.notification" in loaded
    assert DRIVERS_AND_CLIENTS.isdisjoint(loaded)
