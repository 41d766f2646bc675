"""The short fault run: real processes are killed, replies dropped, and the ledgers say that nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.faults import repertoire, scenes


def test_points_are_found_in_the_sources() -> None:
    some = {"claim.before_commit", "deliver.before_send", "deliver.after_send", "receive.before_commit"}

    assert some | {"bus.before_commit", "bus.after_commit"} <= set(scenes.points())


def test_every_point_is_played_somewhere() -> None:
    played = {fault for scene in repertoire.every() for fault in scene.faults}

    assert [point for point in scenes.points() if not any(f"killed at {point}" in fault for fault in played)] == []


def test_no_scene_vouches_for_the_fault_of_another() -> None:
    faults = [fault for scene in repertoire.AMONG_PEOPLE for fault in scene.faults]

    assert len(set(faults)) == len(faults)


def test_a_short_run_loses_nothing_and_doubles_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--seed", "7", "--short"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    last = json.loads(run.stdout.splitlines()[-1])
    assert (last["seed"], last["lost"], last["doubled"]) == (7, 0, 0)
    assert last["unknown"] > 0
