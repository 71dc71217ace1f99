"""The one connection that writes to SQLite is made anew when it is lost."""

from pathlib import Path

import pytest

from standfast.records.store import RecordStore
from tests.records.samples import incident

ID = "INC-AAAAAAAAAA"


def test_ctrl_c_in_a_transaction_is_passed_on_and_the_next_one_is_kept(tmp_path: Path) -> None:
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    store.prepare()

    def interrupted() -> None:
        with store._database.writing() as connection:
            # As SQLAlchemy does when it comes while a statement runs.
            connection.invalidate()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    store.incidents.save(incident(ID))
    assert store.incidents.get(ID)
    store.close()
