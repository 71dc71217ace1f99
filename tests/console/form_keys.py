"""What the forms of a page have that is new each time."""

import re

_KEYS = re.compile(r'name="(csrf|once)" value="[^"]*"')


def without_form_keys(page: str) -> str:
    """The page, to be compared with the same one at another time."""
    return _KEYS.sub("", page)
