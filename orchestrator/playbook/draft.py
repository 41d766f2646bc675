"""A playbook as far as it could be read, and what could not."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.playbook.look import Look
from orchestrator.playbook.problems import Problem
from orchestrator.playbook.schema import Playbook
from orchestrator.playbook.source import Source, Way
from orchestrator.playbook.wording import Part, problems_of

M = TypeVar("M", bound=BaseModel)

UNREAD = "\0"  # stands where a value could not be read, so that the rest can be looked at
_ROUNDS = 12  # a misfit may hide another behind it


@dataclass(slots=True)
class Draft:
    """A playbook as far as it could be read: `playbook` lacks what did not fit, `problems` tell what that was."""

    source: Source
    look: Look
    problems: list[Problem] = field(default_factory=list)
    playbook: Playbook | None = None

    def lacking(self, way: Way, key: str, problem: Problem) -> None:
        """Keep a problem of a missing key, unless a mistyped one beside it stands for it."""
        if (*way, key) not in self.source.meant:
            self.add(problem)

    def add(self, problem: Problem) -> None:
        """Keep a problem, unless its line was already told to be broken."""
        if problem.line not in self.source.broken or problem.file != self.source.file:
            self.problems.append(problem)


def fit(draft: Draft, model: type[M], body: Any, part: Part, instead: Mapping[str, Any]) -> M | None:
    """The model of a body; what does not fit is told and left out. None: nothing is left."""
    for turn in range(_ROUNDS):
        try:
            return model.model_validate(body, by_alias=True, by_name=False)
        except ValidationError as error:
            # Once a part was left out, what the whole lacks is of our own making.
            for problem in problems_of(error, draft.source, model, part, parts_only=turn > 0):
                draft.add(problem)
            ways = [one["loc"] for one in error.errors()]
            body = _left_out(body, ways, instead)
        if body is None:
            return None
    return None


def _left_out(body: Any, misfits: list[tuple[int | str, ...]], instead: Mapping[str, Any]) -> Any:
    """The body without the keys that hold the misfits; `instead` stands in for what may not be missing."""
    if not isinstance(body, dict):
        return None
    body = deepcopy(body)
    for loc in misfits:
        holder, key = body, loc[0] if loc else None
        for part in loc[1:]:
            inner = holder.get(key)
            if not isinstance(inner, dict) or part not in inner:
                break
            holder, key = inner, part
        if key is None:
            return None
        if holder is body and key in instead:
            body[str(key)] = instead[str(key)]
        elif key in holder:
            del holder[key]
        else:
            return None
    return body
