"""What people called a problem, once one of its episodes is confidential."""

from sqlalchemy import Connection, delete, select

from standfast.records.readers import confidential
from standfast.records.tables import indexed_incidents, problem_names

_line, _name = indexed_incidents.c, problem_names.c


def keep_for_who_finds(connection: Connection, incident_id: str, episode: int) -> None:
    """This episode is confidential: what its problem was called with it is read from now on by who
    finds one of its confidential episodes, also where it was kept with others before.
    """
    named = select(_name.by, _name.at).where(
        _name.incident_id == incident_id, _name.episode == episode
    )
    is_secret = select(_line.number).where(
        _line.incident_id == _name.incident_id,
        _line.episode == _name.episode,
        confidential(_line.readers),
    )
    for row in connection.execute(named).all():
        of_it = (_name.by == row.by, _name.at == row.at, ~is_secret.exists())
        connection.execute(delete(problem_names).where(*of_it))
