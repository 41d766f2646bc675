"""Finds the files that a path means, and reads one as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from orchestrator.errors import Refused
from orchestrator.playbook.source import Source, Spot, split_lines

LARGEST = 256 * 1024  # bytes of one file
_SUFFIXES = (".yaml", ".yml")


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files, and of folders their *.yaml and *.yml, each once. Raises Refused for a path that is not there."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and not p.name.startswith("."))
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise Refused(f"{path} does not exist", "name a playbook file, or the folder of your playbooks")
    return list(found)


def siblings(paths: Sequence[Path]) -> list[Path]:
    """The other playbook files beside these."""
    folders = dict.fromkeys(path.parent for path in paths)
    beside = (p for folder in folders for p in files_of([folder]) if p.is_file())
    taken = {path.resolve() for path in paths}
    return [path for path in beside if path.resolve() not in taken]


def text_of(path: Path) -> str | Source:
    """The text of a file; a Source with its one problem when it cannot be read as text."""
    try:
        if not path.is_file():
            return _unread(path, "P001", "this is not a file", "name a file, or the folder of your playbooks")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        what = f"this file cannot be read: {(error.strerror or 'it is broken').lower()}"
        return _unread(path, "P001", what, "make it readable to us")
    if len(raw) > LARGEST:
        return refused_size(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(path, raw, error.start)


def _not_utf8(path: Path, raw: bytes, at: int) -> Source:
    mend = "save it again with the encoding UTF-8"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _unread(path, "P002", "this file is not UTF-8 text but UTF-16", mend)
    before = split_lines(raw[:at].decode("utf-8-sig", "replace"))
    source = Source(str(path), split_lines(raw.decode("utf-8-sig", "replace")), whole=False)
    spot = Spot(len(before), len(before[-1]) + 1, 1)
    guess = raw[at : at + 1].decode("cp1252", "replace")
    what = (
        f'this character is not UTF-8 text (it was probably "{guess}")'
        if guess.isprintable()
        else "this is not UTF-8 text"
    )
    source.problems.append(source.at(spot, "P002", what, mend))
    return source


def _unread(path: Path, code: str, what: str, mend: str) -> Source:
    source = Source(str(path), [""], whole=False)
    source.problems.append(source.at(Spot(1, 1, 1), code, what, mend))
    return source


def refused_size(path: Path) -> Source:
    """A file that is too large to be read."""
    mend = "split it: files with the same community: belong together"
    return _unread(path, "P003", f"this file has more than {LARGEST // 1024} kB", mend)
