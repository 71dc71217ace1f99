"""Charts are pictures of their table, made without a script."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from standfast.console.charts_svg import Bar, bars


def rects(picture: str) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in ET.fromstring(picture).iter("rect")]


def test_bars_are_as_long_as_what_they_say() -> None:
    found = rects(bars("Pages", [Bar("ana", (3, 1), "4"), Bar("ben", (2, 0), "2")]))
    ana_by_day, ana_at_night, ben_by_day, ben_at_night = (float(one["width"]) for one in found)
    assert ana_by_day == 3 * ana_at_night
    assert ben_by_day == 2 * ana_at_night
    assert ben_at_night == 0


def test_what_is_short_beside_another_is_still_seen() -> None:
    rows = [Bar("network", (10_000 * 86400,), ""), Bar("desk", (60,), "")]
    ten_thousand_days, a_minute = rects(bars("To close", rows))
    assert float(a_minute["width"]) == 1
    assert float(ten_thousand_days["width"]) == 320


def test_a_long_name_is_cut_off_where_its_words_begin() -> None:
    words = "9999 d 23 h / 9999 d 23 h"
    root = ET.fromstring(bars("Teams", [Bar("W" * 200, (1,), words)]))
    (name,) = root.findall("svg")
    room = float(name.attrib["width"])
    assert 100 < room < 320 - 7 * len(words)
    assert name.findtext("text/title") == "W" * 200


def test_it_has_a_title_for_those_who_cannot_see_it() -> None:
    root = ET.fromstring(bars("Pages of each person", []))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Pages of each person")


@given(st.text(max_size=80), st.lists(st.floats(0, 1e12), min_size=1, max_size=4))
def test_whatever_a_team_is_called_stays_text(name: str, parts: list[float]) -> None:
    name = "".join(letter for letter in name if letter.isprintable())
    picture = bars("Teams", [Bar(f"<script>{name}", parts, name)])
    assert "<script>" not in picture
    assert all(float(one["width"]) >= 0 for one in rects(picture))
