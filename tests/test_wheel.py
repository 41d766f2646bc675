"""The wheel is whole: installed elsewhere, without the repository, it finds its playbooks, banks and templates."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds; the machine may be busy


@pytest.fixture(scope="module")
def tertulia(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment into which only the wheel was installed; our libraries are lent to it."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    pip = [sys.executable, "-m", "pip"]
    run([*pip, "wheel", *quiet, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], folder)
    (wheel,) = folder.glob("tertulia-*.whl")
    venv.create(folder / "env", with_pip=False)
    run([*pip, "--python", str(folder / "env"), "install", *quiet, str(wheel)], folder)
    lend_libraries(folder / "env")
    return folder / "env" / "bin" / "tertulia"


def lend_libraries(env: Path) -> None:
    """Let the environment see the libraries of ours, but not the repository that ours was installed from."""
    (packages,) = env.glob("lib/python*/site-packages")
    # A path in a .pth file is seen, but the .pth files in it are not followed: the repository stays out.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder, without our settings; its output. It must succeed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TERTULIA_", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_it_is_the_wheel_that_runs(tertulia: Path, tmp_path: Path) -> None:
    python = str(tertulia.with_name("python"))
    where = run([python, "-c", "import orchestrator, adapters, workers; print(orchestrator.__file__)"], tmp_path)
    assert Path(where.strip()).is_relative_to(tertulia.parents[1])


def test_the_shipped_playbooks_have_no_mistake(tertulia: Path, tmp_path: Path) -> None:
    assert "in 2 playbooks ready." in run([str(tertulia), "check"], tmp_path)


def test_a_shipped_playbook_is_rehearsed_in_an_empty_folder(tertulia: Path, tmp_path: Path) -> None:
    options = ["--weeks", "2", "--members", "12", "--seed", "3", "--from", "2026-11-30"]
    told = run([str(tertulia), "rehearse", "cercle", *options], tmp_path)
    assert told.startswith("Le Cercle des fondateurs: a rehearsal with 12 members. Nothing was sent.")
    assert "question-du-lundi, post · " in told
    assert "question-du-lundi, recap · " in told
    assert list(tmp_path.iterdir()) == [], "a rehearsal leaves nothing behind"


def test_it_brings_its_migrations_and_console_pages(tertulia: Path, tmp_path: Path) -> None:
    run([str(tertulia), "migrate"], tmp_path)
    run([str(tertulia), "apply"], tmp_path)
    held = run([str(tertulia), "hold", "cercle/question-du-lundi", "--rehearsal"], tmp_path)
    assert "admitted" in held
    (packages,) = tertulia.parents[1].glob("lib/python*/site-packages")
    for folder, pattern in (("console/pages", "*.html"), ("console/static", "*.css"), ("shipped/templates", "fr/**/*")):
        assert list((packages / "orchestrator" / folder).glob(pattern)), folder
