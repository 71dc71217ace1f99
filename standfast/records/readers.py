"""Who finds the incident of a row, as queries say it: by its column of readers, and its team."""

from sqlalchemy import Column, ColumnElement, and_, func, or_

from standfast.incidents.confidentiality import ADMINISTRATORS, Reader


def confidential(readers: Column[str]) -> ColumnElement[bool]:
    """Whether the incident of a row is confidential."""
    return among(readers, ADMINISTRATORS)


def found_by(reader: Reader, readers: Column[str], team: Column[str]) -> ColumnElement[bool]:
    """Whether somebody finds the incident of a row, as `Reader.finds` says it."""
    by_name = [among(readers, name) for name in reader.names]
    of_others = ~confidential(readers)
    if reader.teams is not None:
        # The team first: it is cheap to look at, and most are of another.
        of_others = and_(team.in_(["", *reader.teams]), of_others)
    return or_(of_others, *by_name)


def among(readers: Column[str], name: str) -> ColumnElement[bool]:
    """Not by LIKE, which knows no upper and lower case in SQLite."""
    return func.replace(readers, f"\n{name}\n", "") != readers
