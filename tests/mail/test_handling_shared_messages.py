"""Every message of a folder of real ones is handled, and what must open nothing opens nothing."""

import os
from pathlib import Path

import pytest

from tests.mail.conftest import MailRoom

DATA = "STANDFAST_TEST_DATA"
FOLDER = Path(os.environ.get(DATA) or Path(__file__).parents[2] / "../shared/data") / "emails"
_NOTHING = ("sisimai__", "mikel-mail__multipart_report", "mikel-mail__report_530")


async def test_every_message_of_the_folder(room: MailRoom) -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"{FOLDER} is not there; {DATA} names the folder that has `emails`")
    rows, opened, wrong = [], set(), []
    for file in sorted(FOLDER.iterdir()):
        told = await room.take(file.read_bytes())
        rows.append(f"{file.name:66} {told.result:10} {told.incident_id:15} {told.reason}")
        assert told.reason
        if told.incident_id:
            opened.add(told.incident_id)
        if file.name.startswith(_NOTHING) and (told.result, told.incident_id) != ("set_aside", ""):
            wrong.append(rows[-1])
    print(*rows, sep="\n")
    assert len(rows) > 100
    assert wrong == []
    views = [await room.desk.ticket(one).view() for one in opened]
    assert len(views) > 25
    for view in views:
        assert view.report.channel == "email"
        assert "<html" not in view.report.description.lower()
