"""What is wrong with open incidents stands above the board, found out once for all who look."""

from datetime import UTC, datetime

from standfast.console.latest_findings import LatestFindings
from standfast.health.finder import ScanResult
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.console.conftest import visiting
from tests.health.test_watchdog import FakeFinder

SCRIPT = "<script>alert(1)</script>"
FOUND = tuple(
    Finding(
        kind=FindingKind.STUCK,
        incident_id=f"INC-AAAAAAAAA{letter}",
        run_id="run-1",
        since=datetime(2026, 11, 29, 10, 42, tzinfo=UTC),
        what=f"it fails {SCRIPT}",
        remedy="put it right",
    )
    for letter in "BCDEF"
)


async def test_the_board_says_what_is_wrong_with_open_incidents(api: Api) -> None:
    finder = FakeFinder(ScanResult(FOUND, {}))
    api.app.state.latest_findings = LatestFindings(finder)
    async with visiting(api, Role.RESPONDER, "ana") as ana:
        text = await ana.reads("/")
        assert "5 incidents are stuck (INC-AAAAAAAAAB, INC-AAAAAAAAAC, INC-AAAAAAAAAD" in text
        assert "and 2 more" in text
        assert "put it right" in text
        assert SCRIPT not in text
        await ana.reads("/")
    assert finder.looked == 1


async def test_while_all_is_well_the_board_says_nothing(api: Api) -> None:
    async with visiting(api, Role.RESPONDER, "ana") as ana:
        assert 'role="alert"' not in await ana.reads("/")
