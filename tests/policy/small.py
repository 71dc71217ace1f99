"""A whole policy, as small as it may be, for tests that bend it."""

from hypothesis import strategies as st

SMALL = """\
organisation: Tiny
service_desk: desk
triage:
  matrix:
    high: {high: P1, medium: P2, low: P3}
    medium: {high: P2, medium: P3, low: P4}
    low: {high: P3, medium: P4, low: P5}
categories:
  network:
    team: desk
    rules:
      - {weight: 2, words: [vpn]}
  security: {team: desk}
  other: {team: desk}
services:
  vpn:
    title: Remote access
    category: network
people:
  anna:
    name: Anna
    channels: {outbox: "outbox://"}
teams:
  desk:
    title: Desk
    tiers:
      - name: L1
        rotation:
          people: [anna]
          starts: 2026-01-05
          at: 09:00
clocks:
  P1: &clock
    {acknowledge_within: 5m, page_again_every: 1m, resolve_within: 1h, remind_hold_every: 1h}
  P2: *clock
  P3: *clock
  P4: *clock
  P5: *clock
follow_up:
  window: {watch_for: 1d, first_check: 15m}
runbooks:
  reset:
    title: Reset
    match: {category: network}
    steps:
      - run: [/bin/true]
    check: [/bin/true]
"""


def bent(old: str, new: str) -> str:
    """`SMALL` with its one place `old` replaced."""
    assert SMALL.count(old) == 1, f"{old!r} must stand in SMALL exactly once"
    return SMALL.replace(old, new)


PIECES = (
    *("{", "}", "[", "]", ": ", "- ", '"', "'", "&a ", "*a", "!x ", "|", ">", "\t", "\n", "  "),
    *("#", "? ", "%YAML 9", "@", "~", "9" * 30, "<<: ", '"\\U99999999"', "é", "---\n", "\x00"),
)
EDITS = st.tuples(st.integers(0, len(SMALL)), st.integers(0, 30), st.sampled_from(PIECES))


def edited(edits: list[tuple[int, int, str]]) -> str:
    """The policy with some places of it replaced."""
    text = SMALL
    for at, dropped, piece in edits:
        text = text[:at] + piece + text[at + dropped :]
    return text
