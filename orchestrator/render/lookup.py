"""Finds a template or a word: the community's folder first, then the shipped one; the tone before the language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from orchestrator.errors import Refused
from orchestrator.playbook.load import read_text
from orchestrator.playbook.shipped import shipped
from orchestrator.render.markdown import Ours
from orchestrator.render.typography import french

SUFFIX = ".md.j2"
WORDS = "words.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?")


class Found(NamedTuple):
    """A template's source and the path by which its reader knows it."""

    source: str
    place: str


class Lookup:
    """Two folders, read anew when a file changes."""

    def __init__(self, folder: Path | None) -> None:
        self.folders = [*([folder] if folder else []), shipped("templates")]
        self._kept: dict[Path, tuple[int, str]] = {}
        self._words: dict[Path, tuple[int, dict[str, Ours]]] = {}
        self._places: dict[tuple[str, str, str], list[tuple[Path, str]]] = {}

    def template(self, name: str, language: str, tone: str) -> Found:
        """The source of a template such as "prompt/post". Raises Refused naming where it was looked for."""
        if not _NAME.fullmatch(name):
            raise Refused(f'"{name}" is not a template\'s name', "use small letters, digits, - and _")
        for path, place in self._paths(f"{name}{SUFFIX}", language, tone):
            if (source := self._read(path)) is not None:
                return Found(source, place)
        raise Refused(
            f'there is no template "{name}" in {language}',
            f"write templates/{language}/{name}{SUFFIX}, or use the one of the kind",
        )

    def word(self, word: str, language: str, tone: str) -> Ours:
        """A small word or label. Raises Refused when no words.yaml has it."""
        for path, place in self._paths(WORDS, language, tone):
            if word in (words := self._words_in(path, place, language)):
                return words[word]
        raise Refused(f'there is no word "{word}" in {language}', f"add it to templates/{language}/{WORDS}")

    def sources(self) -> str:
        """The sources of all templates and words, of the community and ours."""
        files = [
            path for folder in self.folders for path in sorted(folder.rglob("*")) if path.suffix in (".j2", ".yaml")
        ]
        return "\n".join(filter(None, map(self._read, files)))

    def _paths(self, file: str, language: str, tone: str) -> list[tuple[Path, str]]:
        wanted = file, language, tone
        if wanted not in self._places:
            unders = (f"{language}/{tone}/{file}", f"{language}/{file}")
            self._places[wanted] = [(folder / one, f"templates/{one}") for folder in self.folders for one in unders]
        return self._places[wanted]

    def _read(self, path: Path) -> str | None:
        try:
            changed = path.stat().st_mtime_ns
            if path not in self._kept or self._kept[path][0] != changed:
                self._kept[path] = (changed, path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"{path} cannot be read: {error}", "save it as UTF-8 text that we may read") from None
        return self._kept[path][1]

    def _words_in(self, path: Path, place: str, language: str) -> dict[str, Ours]:
        source = self._read(path)
        if source is None:
            return {}
        changed = self._kept[path][0]
        if path not in self._words or self._words[path][0] != changed:
            self._words[path] = (changed, _read_words(source, place, language))
        return self._words[path][1]


def _read_words(text: str, place: str, language: str) -> dict[str, Ours]:
    read = read_text(text, place)
    if read.problems:
        first = read.problems[0]
        raise Refused(f"{place}:{first.line}:{first.column}: {first.what}", first.mend)
    words = read.value or {}
    if not isinstance(words, dict) or any(isinstance(meant, dict | list) for meant in words.values()):
        raise Refused(f"{place}:1: this is not a list of words", "write one `word: text` a line")
    spaced = french if language == "fr" else str
    return {word: Ours(spaced(str(meant))) for word, meant in words.items()}
