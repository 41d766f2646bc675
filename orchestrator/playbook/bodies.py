"""Reads what stands under a ritual's kind, with its bank of questions put in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from orchestrator.playbook import banks, variables
from orchestrator.playbook.draft import Draft, fit
from orchestrator.playbook.schema import read_language
from orchestrator.playbook.source import Way
from orchestrator.playbook.wording import FOREIGN, Part, unknown_key, wrong_shape
from orchestrator.rituals import prompt, steps
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.values import as_list, as_text, nearest, quoted

_PROMPT = set(prompt.Model.model_fields)


def body(draft: Draft, way: Way, written: Any, language: str, reader: banks.Reader) -> BaseModel | None:
    """The kind's model, or None where it does not fit; `way` ends in the kind's key."""
    kind = str(way[-1])
    if kind == steps.NAME and _odd_steps(draft, way, written):
        return None
    if kind == prompt.NAME:
        written = _prompt(draft, way, written, language, reader)
    _texts(draft, way, written)
    return written if written is None else fit(draft, KINDS[kind].Model, written, Part(way, f'"{kind}"'), {})


def _prompt(draft: Draft, way: Way, written: Any, language: str, reader: banks.Reader) -> Any:
    """A prompt with the questions of its bank; from `bank` or from `ask`, never from both."""
    if not isinstance(written, dict):
        draft.add(wrong_shape(draft.source, way, written, "keys with their values"))
        return None
    written = dict(written)
    if "questions" in written:
        draft.add(unknown_key(draft.source, (*way, "questions"), ["ask", "bank"], '"prompt"'))
        del written["questions"]
    sources = [key for key in written if key in {"bank", "ask"}]
    if len(sources) == 2:
        what = f'questions come from "{sources[0]}" already, not from "{sources[1]}" too'
        draft.add(draft.source.at_key((*way, sources[1]), "P107", what, f'take "{sources[0]}" or "{sources[1]}" out'))
        del written[sources[1]]
    if not sources:
        _no_source(draft, way, written)
        return {**written, "ask": ["x"]}
    written = {key: as_text(value) if key == "bank" else value for key, value in written.items()}
    if isinstance(written.get("ask"), list | int):
        written["ask"] = [as_text(question) for question in as_list(written["ask"])]
    if isinstance(written.get("bank"), str):
        written["questions"] = _questions(draft, (*way, "bank"), written["bank"], language, reader)
    return written


def _no_source(draft: Draft, way: Way, written: Mapping[str, Any]) -> None:
    """Tell that questions are missing, unless their key is only mistyped or empty, which is told already."""
    names = ("bank", "ask")
    meant = any(nearest(key, names) or FOREIGN.get(key, [""])[0] in names for key in written if key not in _PROMPT)
    if not meant and not any(draft.source.wrote((*way, key)) for key in names):
        mend = "add bank: and a bank's name, or ask: and a question in quotes"
        draft.add(draft.source.at_key(way, "P101", 'this prompt has neither "bank" nor "ask"', mend))


def _questions(draft: Draft, way: Way, name: str, language: str, reader: banks.Reader) -> list[dict[str, str]]:
    beside = Path(draft.source.file)
    path = banks.find(name, beside, language)
    if path is None:
        if language:  # without one we do not know where to look, and that is told already
            draft.add(draft.source.at_value(way, "P307", *banks.unfound(name, beside, language)))
        return []
    bank = banks.read(reader(path), draft.look)
    for problem in bank.problems:
        draft.add(problem)
    if bank.language and language and read_language(bank.language) != language:
        what = f"the bank {quoted(name)} is in {quoted(bank.language)}, the playbook in {quoted(language)}"
        draft.add(draft.source.at_value(way, "N506", what, "fine if that is meant"))
    return bank.questions


def _odd_steps(draft: Draft, way: Way, written: Any) -> bool:
    """Does a step have a key too many or an unknown one? Each is told at that key."""
    if not isinstance(written, list):
        draft.add(wrong_shape(draft.source, way, written, "a step in a list"))
        return True
    if not written:
        draft.add(
            draft.source.at_value(way, "P105", "there is no step", "write - post: and a text, or - ask: and a question")
        )
    odd = not written
    for number, step in enumerate(written):
        if not isinstance(step, dict):
            draft.add(wrong_shape(draft.source, (*way, number), step, "a step"))
            odd = True
            continue
        for key in step:
            if key not in steps.STEPS:
                draft.add(unknown_key(draft.source, (*way, number, key), steps.STEPS, "a step"))
                odd = True
        for second in [key for key in step if key in steps.STEPS][1:]:
            what, mend = "a step does one thing", f'put "- {second}: …" on a line of its own'
            draft.add(draft.source.at_key((*way, number, second), "P107", what, mend))
            odd = True
    return odd


def _texts(draft: Draft, way: Way, written: Any) -> None:
    """Look into every text of a kind for unknown variables; a bank's are looked at in its own file."""
    if isinstance(written, str) and way[-1] != "bank":
        for problem in variables.problems(draft.source, way, written, draft.look):
            draft.add(problem)
    elif isinstance(written, dict):
        for key, value in written.items():
            if key != "questions":
                _texts(draft, (*way, key), value)
    elif isinstance(written, list):
        for number, item in enumerate(written):
            _texts(draft, (*way, number), item)
