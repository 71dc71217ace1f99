"""The page that says who is on call, with what a calendar leaves out."""

from pathlib import Path

from tests.console.house import open_house
from tests.on_call.ics import ALWAYS_ANNA, event
from tests.policy.small import SMALL

ROTATION = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]


async def test_it_says_which_event_of_a_calendar_is_left_out_and_why(tmp_path: Path) -> None:
    broken = event("anna", "20260105T090000", "20260105T080000")
    calendar = ALWAYS_ANNA.replace(b"BEGIN:VEVENT", f"{broken}\r\nBEGIN:VEVENT".encode())
    (tmp_path / "rota.ics").write_bytes(calendar)
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALL.replace(ROTATION, "        calendar: rota.ics\n"))
    async with open_house(tmp_path / "data", policy=policy) as house, house.browser() as browser:
        await browser.sign_in(house.token().secret)
        page = await browser.get("/on-call")
    assert (
        "the calendar rota.ics: the event &#39;anna&#39; of 2026-01-05 cannot be used" in page.text
    )
    assert ">Anna<" in page.text
