"""Finds and reads a bank of questions, so that a playbook is complete without its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.playbook import variables
from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.shipped import shipped
from orchestrator.playbook.source import Source, Way
from orchestrator.playbook.wording import missing, unknown_key, wrong_shape
from orchestrator.rituals.prompt import text_key, text_words
from orchestrator.rules.values import nearest, quoted

KEYS = ("bank", "language", "questions")
ITEM_KEYS = ("id", "ask")
_NAME = re.compile(r"(?!\.)(?:[\w-][\w. -]*/)*[\w-][\w. -]*")

Reader = Callable[[Path], Source]


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank's questions as [{id, text}], and what is wrong in its file."""

    questions: list[dict[str, str]]
    problems: list[Problem]
    language: str | None = None


def is_bank(value: Any) -> bool:
    """Do a file's plain values look like a bank's rather than a playbook's?"""
    return isinstance(value, dict) and "questions" in value and "playbook" not in value and "rituals" not in value


def find(name: str, beside: Path, language: str) -> Path | None:
    """The file of a bank: beside the playbook first, then the shipped one of its language."""
    if not _NAME.fullmatch(name):
        return None
    folder, ours = beside.parent, shipped("playbooks") / "banks" / language
    named = [name] if name.endswith((".yaml", ".yml")) else [f"{name}.yaml", f"{name}.yml"]
    places = [folder / "banks", folder / "banks" / language, folder, ours]
    paths = [place / file for place in places for file in named]
    return next((path for path in paths if path != beside and path.is_file()), None)


def known(beside: Path, language: str) -> list[str]:
    """The names of the banks that `find` would find."""
    folders = [beside.parent / "banks", beside.parent / "banks" / language, shipped("playbooks") / "banks" / language]
    return sorted({path.stem for folder in folders for path in folder.glob("*.y*ml")})


def unfound(name: str, beside: Path, language: str) -> tuple[str, str]:
    """What to say of a bank that is nowhere: (what, mend)."""
    names = known(beside, language)
    near = nearest(name, names)
    mend = f'did you mean "{near}"?' if near else "write the bank's name alone"
    if not near and _NAME.fullmatch(name):
        mend = f"write banks/{name}.yaml beside this file"
    if not near and names:
        mend += f", or use one of: {', '.join(names)}"
    return f"there is no bank {quoted(name)}", mend


def read(source: Source, look: Look) -> Bank:
    """The bank that a file holds."""
    problems = list(source.problems)
    value = source.value
    if not isinstance(value, dict):
        if not problems:
            problems.append(wrong_shape(source, (), value, "keys with their values"))
        return Bank([], problems)
    problems += [unknown_key(source, (key,), KEYS, "a bank") for key in value if key not in KEYS]
    items = value.get("questions")
    if not isinstance(items, list) or not items:
        if ("questions",) not in source.meant:
            problems.append(_no_questions(source, items))
        return Bank([], problems)
    questions: dict[str, dict[str, str]] = {}
    for number, item in enumerate(items):
        problems += _take(source, number, item, questions, look)
    language = value.get("language")
    return Bank(list(questions.values()), problems, language if isinstance(language, str) else None)


def _no_questions(source: Source, items: Any) -> Problem:
    if items is None:
        return missing(source, (), "questions", "this bank")
    return wrong_shape(source, ("questions",), items, "a list of questions")


def _take(
    source: Source, number: int, item: Any, questions: dict[str, dict[str, str]], look: Look
) -> Iterator[Problem]:
    way: Way = ("questions", number)
    if isinstance(item, dict) and "ask" not in item and source.text_at(way).startswith("{"):
        yield source.at_value(
            way, "P101", 'this question has no "ask"', "write {id: short-name, ask: the question in quotes}"
        )
        return
    if isinstance(item, dict) and "ask" in item:
        yield from (unknown_key(source, (*way, key), ITEM_KEYS, "a question") for key in item if key not in ITEM_KEYS)
        text, key, way = item["ask"], item.get("id"), (*way, "ask")
    else:
        text, key = item, None
    if isinstance(text, int):
        text = str(text)
    if not isinstance(text, str) or not text_words(text):
        yield wrong_shape(source, way, text, "a text")
        return
    key = str(key) if isinstance(key, str | int) else text_key(text)
    if key in questions:
        yield source.at_value(way, "P307", f"{quoted(text)} stands twice in this bank", "take one of the two out")
        return
    questions[key] = {"id": key, "text": text}
    yield from variables.problems(source, way, text, look)
