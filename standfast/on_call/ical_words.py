"""Words in the titles of events that say that somebody is not on call."""

import re

_CALLED_OFF = (
    *("canceled", "cancelled", "abgesagt", "annulé", "annulée", "cancelado", "cancelada"),
    *("annullato", "annullata", "geannuleerd", "aflyst", "avlyst", "inställt", "inställd"),
    *("peruutettu", "odwołane", "anulowano", "zrušeno", "törölve", "anulat", "отменено"),
    *("отменена", "скасовано", "i̇ptal edildi", "iptal edildi", "キャンセル", "已取消", "취소됨"),
)
"""As Outlook puts them before the title of what is called off, with a colon."""

_NOT_ON_CALL = ("not on call", "not on-call", "off duty", "not available", "unavailable")
_AWAY = (
    *("vacation", "holiday", "holidays", "pto", "ooo", "out of office", "day off"),
    *("time off", "annual leave", "on leave", "parental leave", "sick", "sick leave", "away"),
    *("urlaub", "krank"),
    *("abwesend", "abwesenheit", "elternzeit", "congé", "congés", "absent", "absence", "vacances"),
    *("vacaciones", "baja", "ferie", "férias", "vakantie", "afwezig", "ziek", "semester"),
    *("urlop", "отпуск", "отсутствует", "tatil", "izinli"),
)
"""In titles of events that share the calendar with the shifts."""

_ON_CALL = (
    *("on call", "on-call", "oncall", "shift", "duty", "cover", "covers", "primary", "secondary"),
    *("standby", "rota", "bereitschaft", "dienst", "astreinte", "guardia"),
)
"""Beside one of these such a word is the name of the shift: `Holiday on-call`."""


def _whole_word(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


_SAYS_CALLED_OFF = re.compile(rf"\s*(?:{'|'.join(map(re.escape, _CALLED_OFF))})\s*[:：]")
_SAYS_NOT, _SAYS_AWAY, _SAYS_ON_CALL = map(_whole_word, (_NOT_ON_CALL, _AWAY, _ON_CALL))


def says_called_off(title: str) -> bool:
    """Whether it begins as Outlook's title of an event that is called off."""
    return bool(_SAYS_CALLED_OFF.match(title.casefold()))


def says_away(title: str) -> bool:
    """Whether words of it say that whoever it names is not there, or not on call."""
    folded = title.casefold()
    is_away = _SAYS_AWAY.search(folded) and not _SAYS_ON_CALL.search(folded)
    return bool(is_away or _SAYS_NOT.search(folded))
