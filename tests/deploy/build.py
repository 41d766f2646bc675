"""Builds the image's root folders: each Dockerfile step, in order, in a clean Debian root without network."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.dockerfile import ROOT, Stage, allowed, stages

#: Where the build finds the packages that the machine's own pip downloaded.
WHEELS = "wheels"


def main(work: Path) -> None:
    """Build every stage below `work`, from `work/base` (debootstrap) and `work/wheels` (pip download)."""
    context = work / "context"
    _context(context)
    for stage in stages():
        root = work / stage.name
        _remove(root)
        subprocess.run(["cp", "--archive", "--reflink=auto", work / "base", root], check=True)
        shutil.copytree(work / WHEELS, root / WHEELS)
        _build(stage, root, context, work)
        _remove(root / WHEELS)
        print(f"built {stage.name}")


def _context(folder: Path) -> None:
    """What `docker build` would be sent of this checkout."""
    _remove(folder)
    folder.mkdir()
    let_in, kept_out = allowed()
    for name in let_in:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(*kept_out))
        else:
            shutil.copy2(source, folder / name)


def _build(stage: Stage, root: Path, context: Path, work: Path) -> None:
    where = "/"
    for word, argument in stage.steps:
        if word == "WORKDIR":
            where = argument
            _below(root, where).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            _copy(shlex.split(argument), root, where, context, work)
        elif word == "RUN":
            _run(argument, root, where)


def _run(command: str, root: Path, where: str) -> None:
    print(f"  RUN {command}")
    # A namespace of its own, with no network: pip sees only the packages laid down beside it.
    alone = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", f"--root={root}", f"--wd={where}"]
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"PATH": path, "HOME": "/root", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"/{WHEELS}"}
    subprocess.run([*alone, "/bin/sh", "-c", command], env=environment, check=True)


def _copy(words: list[str], root: Path, where: str, context: Path, work: Path) -> None:
    origin = context
    if words[0].startswith("--from="):
        origin = work / words.pop(0).partition("=")[2]
    *sources, target = words
    to = _below(root, target if target.startswith("/") else f"{where}/{target}")
    for source in sources:
        found = _below(origin, source)
        if found.is_dir():
            shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(found, to / found.name if target.endswith("/") else to)


def _below(root: Path, path: str) -> Path:
    return root / path.strip("/")


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
