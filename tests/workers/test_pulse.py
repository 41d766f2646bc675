"""A heartbeat tells when work was last done, not only that the process lives."""

from __future__ import annotations

from tests.workers.watch import WEDGED, Watch
from workers.pulse import Pulse


def test_a_clock_is_still_since_its_last_whole_look() -> None:
    watch = Watch()
    pulse = Pulse(2, watch)

    watch.seconds = WEDGED
    assert pulse.still("clock") == WEDGED
    pulse.tick()
    assert pulse.still("clock") == 0


def test_a_worker_is_still_only_while_every_thread_is_stuck() -> None:
    watch = Watch()
    pulse = Pulse(2, watch)

    with pulse.work():
        watch.seconds += WEDGED
        assert pulse.still("worker") == 0  # one thread is free
        with pulse.work():
            assert pulse.still("worker") == 0  # it has just begun
            watch.seconds += WEDGED
            assert pulse.still("worker") == WEDGED
        assert pulse.still("worker") == 0


def test_an_idle_worker_and_a_console_are_well() -> None:
    watch = Watch()
    pulse = Pulse(2, watch)

    watch.seconds = 10 * WEDGED
    assert (pulse.still("worker"), pulse.still("console"), pulse.still("listen")) == (0, 0, 0)


def test_a_bell_that_fails_frees_its_thread() -> None:
    watch = Watch()
    pulse = Pulse(1, watch)

    try:
        with pulse.work():
            raise OSError
    except OSError:
        watch.seconds += WEDGED
    assert pulse.still("worker") == 0
