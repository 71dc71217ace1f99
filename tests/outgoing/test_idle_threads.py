"""Threads are used again when they are idle, and work waits for none."""

import threading

from standfast.outgoing.idle_threads import IdleThreads
from tests.patience import PATIENCE


def names(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_one_after_the_other_is_done_by_one_thread() -> None:
    threads, done = IdleThreads("one", idle_for=PATIENCE), []

    def work(ended: threading.Event) -> None:
        done.append(threading.get_ident())
        ended.set()

    for number in range(20):
        ended = threading.Event()
        threads.run(lambda ended=ended: work(ended))  # type: ignore[misc]
        assert ended.wait(PATIENCE)
        while len(threads._idle) < 1:
            ended.wait(0.001)
        assert len(done) == number + 1
    assert len(set(done)) == 1


def test_what_hangs_holds_up_nothing() -> None:
    threads, never, done = IdleThreads("hangs"), threading.Event(), threading.Semaphore(0)
    for _ in range(10):
        threads.run(never.wait)
    for _ in range(10):
        threads.run(done.release)
    for _ in range(10):
        assert done.acquire(timeout=PATIENCE)
    assert all(thread.daemon for thread in names("hangs"))
    never.set()


def test_idle_threads_end() -> None:
    threads, done = IdleThreads("ends", idle_for=0.01), threading.Event()
    threads.run(done.set)
    assert done.wait(PATIENCE)
    for thread in names("ends"):
        thread.join(PATIENCE)
    assert not names("ends")
