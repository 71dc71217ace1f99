"""Calendars for tests, written line by line."""


def event(summary: str, starts: str, ends: str, *more: str, uid: str = "") -> str:
    """An event; `starts` and `ends` as in iCalendar, with their parameters: `;VALUE=DATE:…`."""
    edges = [
        f"{name}{at if at[0] in ';:' else f':{at}'}"
        for name, at in (("DTSTART", starts), ("DTEND", ends))
        if at
    ]
    lines = [f"UID:{uid or f'{summary}-{starts}'}", f"SUMMARY:{summary}", *edges, *more]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar with these events; `head` are lines before them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", *filter(None, [head])]
    return ("\r\n".join([*lines, *events, "END:VCALENDAR"]) + "\r\n").encode()


def week(summary: str, first: str, last: str, *more: str) -> str:
    """Whole days, from `first` until before `last`, each as `20260105`."""
    return event(summary, f";VALUE=DATE:{first}", f";VALUE=DATE:{last}", *more)


ALWAYS_ANNA = calendar(week("anna", "20260105", "20260112", "RRULE:FREQ=WEEKLY"))
"""Anna, every week."""
