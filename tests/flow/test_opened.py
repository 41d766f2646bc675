"""What the first post that arrives makes of its run."""

from __future__ import annotations

import pytest

from orchestrator.rules.reasons import Reason
from orchestrator.store.session import Store
from tests.flow.theatre import MONDAY, playbook, ritual, theatre


@pytest.mark.parametrize("steps", [[{"post": "Jeudi !"}], [{"post": "Jeudi !"}, {"wait": "1 day"}]])
def test_a_run_that_only_posts_is_done_once_it_is_posted_everywhere(store: Store, steps: list[dict[str, str]]) -> None:
    there = theatre(store)
    there.apply(playbook(ritual(kind="steps", model=steps)))

    there.live_until(MONDAY)
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [1, 1]
    assert there.outcomes() == [("2026-11-30T09:30", "done", Reason.POSTED)]
    assert there.run().facts["result"]["asks"] is False
    assert there.steps()[-3:] == ["open", "done", "posted"]
