"""Whoever came first is next, and who gives up holds up nobody."""

import threading

from standfast.records.fair_lock import FairLock
from tests.patience import PATIENCE


def wait_until_waiting(lock: FairLock, count: int) -> None:
    """Until so many threads wait for it."""
    looked = threading.Event()
    while len(lock._waiting) < count:
        looked.wait(0.001)


def test_it_is_handed_on_in_order_and_not_taken_back() -> None:
    lock = FairLock()
    order: list[int] = []
    assert lock.acquire(0)

    def take(number: int) -> None:
        assert lock.acquire(PATIENCE)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        wait_until_waiting(lock, number)
    lock.release()
    assert lock.acquire(PATIENCE)
    order.append(-1)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4, -1]


def test_who_gives_up_is_passed_over() -> None:
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(0.001)
    lock.release()
    assert lock.acquire(0), "nobody holds it for the one that gave up"
