"""Threads that are used again: as many as there is work at once, and none when there is none."""

import threading

from standfast.outgoing.idle_threads import IdleThreads
from tests.patience import PATIENCE


def named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_work_that_comes_one_after_the_other_is_done_in_one_thread() -> None:
    threads, done, who = IdleThreads("one", idle_for=PATIENCE), threading.Event(), set()
    left = 200

    def work() -> None:
        who.add(threading.current_thread().ident)

    def next_one() -> None:
        nonlocal left
        left -= 1
        if left:
            threads.run(work, next_one)
        else:
            done.set()

    threads.run(work, next_one)
    assert done.wait(PATIENCE)
    assert len(who) == 1


def test_work_that_hangs_holds_up_none() -> None:
    threads, never, done = IdleThreads("hangs"), threading.Event(), threading.Semaphore(0)
    try:
        for _ in range(5):
            threads.run(never.wait, int)
        for _ in range(5):
            threads.run(int, done.release)
            assert done.acquire(timeout=PATIENCE)
    finally:
        never.set()


def test_idle_threads_end() -> None:
    threads, done = IdleThreads("ends", idle_for=0.01), threading.Event()
    threads.run(int, done.set)
    assert done.wait(PATIENCE)
    for thread in named("ends"):
        thread.join(PATIENCE)
    assert not named("ends")
    done.clear()
    threads.run(int, done.set)
    assert done.wait(PATIENCE), "and new ones begin when there is work again"
