"""Jinja2 for people's texts: no code, no growth, no long run; what a text may not do is refused before it runs.

docs/decisions/0002-templates-are-capped.md tells why by a list of what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from orchestrator.errors import Refused
from orchestrator.playbook.braces import in_words
from orchestrator.render.markdown import Ours
from orchestrator.render.typography import french
from orchestrator.render.values import FILTERS, TooMuch, finalizer

MAX_SOURCE = 12_000  # characters of a template
MAX_TEXT = 12_000  # characters of what it makes; Slack takes 3,900 a message, Telegram 4,096
MAX_NESTED = 2  # loops in one another: 900 turns
MAX_FILTERS = 30  # in one text

_SIMPLE = "write it with {{ variable }}, {% if … %} and {% for … in … %} alone"
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Filter,
    nodes.Test,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
)
_TESTS = ("defined", "undefined", "none", "odd", "even", "true", "false", "boolean", "number", "string")
_OF_A_LOOP = ("index", "index0", "first", "last", "length")


class _FrenchSpaces(Extension):
    """Typography for a template's own words; values keep theirs."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield Token(token.lineno, "data", french(token.value)) if token.type == "data" else token


class _Environment(ImmutableSandboxedEnvironment):
    """Reads plain values only: no attribute of an object, no call, no method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _OF_A_LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument] if isinstance(obj, dict | list | tuple) else self.undefined(obj=obj, name=argument)
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False


@lru_cache(maxsize=4)
def environment(language: str) -> _Environment:
    """The one environment of a language."""
    made = _Environment(
        extensions=[_FrenchSpaces] if language == "fr" else [],
        undefined=StrictUndefined,
        finalize=finalizer("et" if language == "fr" else "and"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    made.filters = dict(FILTERS)
    made.tests = {name: made.tests[name] for name in _TESTS}
    return made


class Mistake(NamedTuple):
    """What a text may not say: its line from 1, the fact and the mend."""

    line: int
    what: str
    mend: str = _SIMPLE


class _Broken(Exception):
    """A text that cannot be compiled."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.what)
        self.mistake = mistake


def mistake_in(source: str) -> Mistake | None:
    """Why a text would be refused before it runs, whatever its language; None when it would not."""
    try:
        _compiled(source, "en")
    except _Broken as broken:
        return broken.mistake
    return None


def compiled(source: str, language: str, place: str) -> Template:
    """The template, or Refused with `place`:line when it is broken or does what a text may not do."""
    try:
        return _compiled(source, language)
    except _Broken as broken:
        line, what, mend = broken.mistake
        raise Refused(f"{place}:{line}: {what}", mend) from None


@lru_cache(maxsize=1024)
def _compiled(source: str, language: str) -> Template:
    if len(source) > MAX_SOURCE:
        raise _Broken(Mistake(1, f"this text is longer than {MAX_SOURCE} characters", "shorten it"))
    env = environment(language)
    try:
        tree = env.parse(source)
        _allow(tree)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "within", [], [], None, None, lineno=loop.lineno)
        tree.set_environment(env)
        return env.from_string(tree)
    except TemplateSyntaxError as error:
        raise _Broken(Mistake(error.lineno, in_words(error.message))) from None
    except (RecursionError, SyntaxError, MemoryError, ValueError):
        raise _Broken(Mistake(1, "this text is nested too deeply to be read")) from None


def _allow(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.For) and node.recursive):
            raise _Broken(Mistake(node.lineno, f"a text may not use {_name_of(node)}"))
        _known(node)
    if sum(1 for _ in tree.find_all(nodes.Filter)) > MAX_FILTERS:
        raise _Broken(Mistake(1, f"this text has more than {MAX_FILTERS} filters", "take some out"))
    if _loops(tree) > MAX_NESTED:
        raise _Broken(Mistake(1, f"loops stand {_loops(tree)} deep in one another", f"keep them to {MAX_NESTED}"))


def _known(node: nodes.Node) -> None:
    """Under an "if", Jinja itself looks for a filter or a test only when it comes to it."""
    for kind, noun, known in ((nodes.Filter, "filter", FILTERS), (nodes.Test, "test", _TESTS)):
        if isinstance(node, kind) and node.name not in known:
            raise _Broken(Mistake(node.lineno, f'there is no {noun} "{node.name}"', f"use one of: {', '.join(known)}"))


def _name_of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        return "calls such as name(…)"
    if isinstance(node, nodes.BinExpr | nodes.UnaryExpr | nodes.Concat):
        return "calculations"
    return "{% " + type(node).__name__.lower() + " %}" if isinstance(node, nodes.Stmt) else "lists or groups of its own"


def _loops(node: nodes.Node) -> int:
    below = max((_loops(child) for child in node.iter_child_nodes()), default=0)
    return below + isinstance(node, nodes.For)


def run(template: Template, values: Mapping[str, Any], place: str) -> Ours:
    """What the template makes of the values. Raises Refused with `place`:line."""
    made: list[str] = []
    left = MAX_TEXT
    try:
        for piece in template.generate(values):
            left -= len(piece)
            if left < 0:
                raise TooMuch(f"the text grew longer than {MAX_TEXT} characters")
            made.append(piece)
    except UndefinedError as error:
        raise Unknown(str(error.message), _line_of(error)) from None
    except (TemplateError, TypeError) as error:
        raise Refused(f"{place}:{_line_of(error)}: {error}", _SIMPLE) from None
    return Ours("".join(made))


class Unknown(Exception):
    """A name that has no value, as Jinja tells it, and its line."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def _line_of(error: BaseException) -> int:
    line, frame = 1, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
