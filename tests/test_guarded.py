"""No way out leads past the guardrails: where acts leave, and where they are planned, are short lists with a why."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(path for part in ("orchestrator", "workers") for path in (ROOT / part).rglob("*.py"))

#: Where an adapter is asked to act, and why that is right.
SENDS = {
    "orchestrator/flow/attempt.py": "a delivery under a claim, which looked at everything once more",
    "orchestrator/flow/ask.py": "a form, or a line that only the presser reads, at once after their press",
    "orchestrator/flow/asker.py": "what a member asked to get about themselves, to them alone",
    "orchestrator/flow/erase.py": "the word that somebody's data is gone, when nobody is left to plan it for",
    "orchestrator/flow/export.py": "a member's own data, to them alone",
    "orchestrator/commands/try_.py": "a try, to the host who asked for it",
}

#: Where a delivery is planned that no guardrail counts, and why that is right.
UNCOUNTED = {
    "orchestrator/flow/ask.py": "a direct answer to what a member just did",
    "orchestrator/flow/host_note.py": "hosts in their space",
    "orchestrator/flow/host_posts.py": "hosts in their space",
    "orchestrator/flow/revise.py": "an edit of what stands there",
    "orchestrator/flow/speak.py": "hosts in their space",
    "orchestrator/flow/take_back.py": "a host takes a post away",
    "orchestrator/flow/tell.py": "hosts in their space",
    "orchestrator/flow/threads.py": "thanks for an answer: a reaction",
    "orchestrator/flow/unsay.py": "an edit of what stands there",
    "orchestrator/flow/unsure.py": "a second copy of a post is removed",
    "orchestrator/flow/voices.py": "a direct answer to what a member just did",
}

#: Where rows of deliveries are written: what says nothing of guardrails is counted.
WRITES = {"orchestrator/store/deliveries.py", "orchestrator/store/planned.py", "orchestrator/flow/threads.py"}


def where(fits: Callable[[ast.AST], bool]) -> set[str]:
    """The files in which a piece of code stands."""
    return {
        str(path.relative_to(ROOT))
        for path in FILES
        if any(fits(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }


def is_send(node: ast.AST) -> bool:
    """adapter.send(to, outgoing, key): the only act of an adapter that members see."""
    return isinstance(node, ast.Call) and _named(node.func) == "send" and len(node.args) == 3


def is_uncounted(node: ast.AST) -> bool:
    return any(name == "counts" and isinstance(value, ast.Constant) and not value.value for name, value in _given(node))


def is_start(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "attempts.start"


def is_insert(node: ast.AST) -> bool:
    """An insert into the table of deliveries, one by one or many at once."""
    if not isinstance(node, ast.Call) or _named(node.func) not in ("insert", "put", "add", "put_new", "Delivery"):
        return False
    return _named(node.func) == "Delivery" or any(ast.unparse(one) == "Delivery" for one in node.args)


def _named(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else ast.unparse(func)


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names with the values given for them: keywords of a call, keys of a dictionary."""
    if isinstance(node, ast.Call):
        yield from ((word.arg or "", word.value) for word in node.keywords)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield (str(key.value) if isinstance(key, ast.Constant) else ""), value


def test_acts_leave_where_we_know_of_it() -> None:
    assert where(is_send) == SENDS.keys()


def test_a_delivery_is_started_only_by_the_claim_which_looks_once_more() -> None:
    assert where(is_start) == {"orchestrator/flow/claim.py"}
    claim = (ROOT / "orchestrator/flow/claim.py").read_text(encoding="utf-8")
    assert claim.index("_may_go(session, found") < claim.index("answer = _reserve(")


def test_deliveries_are_written_in_few_places_and_counted_unless_one_says_otherwise() -> None:
    assert where(is_insert) == WRITES
    assert where(is_uncounted) == UNCOUNTED.keys()
