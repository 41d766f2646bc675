"""What the first post that arrives makes of its run."""

from __future__ import annotations

import pytest

from orchestrator.flow.decisions import decide
from orchestrator.flow.hold import hold
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


def test_so_is_one_that_a_host_approved(store: Store) -> None:
    there = theatre(store)
    far = ["on 2099-01-05 at 12:00"]
    asking = ritual(kind="steps", model=[{"post": "Jeudi !"}], approval={"required": True}, when=far)
    there.apply(playbook(asking))
    hold(there.app, "cercle", "lundi")
    there.tick()
    (request,) = there.approvals()

    with store.write() as session:
        decide(session, request.code, "command line", True, there.clock.now())
    there.tick()
    assert [len(there.said(town)) for town in (there.slack, there.telegram)] == [1, 1]
    assert (there.run().state, there.run().reason) == ("done", Reason.POSTED)
