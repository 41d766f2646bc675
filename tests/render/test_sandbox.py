"""A text cannot run code, grow without end or spin, and a mistake in it has a line and a mend."""

from __future__ import annotations

import re
import tracemalloc
from typing import Any

import pytest

from orchestrator.errors import Refused
from orchestrator.render import Renderer, mistake_in
from orchestrator.render.sandbox import MAX_TEXT
from tests.render.samples import playbook

VALUES: dict[str, Any] = {"excerpts": [{"text": "a", "by": "b"}] * 3, "answers": 3, "many": ["x"] * 31}


def written(source: str, **values: Any) -> str:
    return Renderer().written(source, "texte", playbook(), {**VALUES, **values})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ answers }} réponse{% if answers > 1 %}s{% endif %}", "3 réponses"),
        ("{{ 'une' if answers == 1 else 'trois' }}", "trois"),
        ("{% for e in excerpts %}{{ e.text }}{{ e['by'] }}{% if not loop.last %}/{% endif %}{% endfor %}", "ab/ab/ab"),
        ("{{ hosts }}", "Alexis et Ines"),
        ("{{ hosts | first | upper }}, {{ hosts | length }}", "ALEXIS, 2"),
        ("{{ options }}{{ question | default('rien') }}", "rien"),
        ("{{ name }}", r"a\*b\<!here\>"),
        ("{{ '*' }}", r"\*"),
        ("**gras** et [lien](https://a.b)", "**gras** et [lien](https://a.b)"),
    ],
)
def test_a_text_may_name_choose_and_repeat(source: str, text: str) -> None:
    assert written(source, name="a*b\n<!here>".replace("\n", "")) == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 200000000 }}",
        "{{ 'x' ~ 'x' }}",
        "{{ 'x' + 'x' }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000d' % 1 }}",
        "{{ 'x'.center(10) }}",
        "{{ range(100000000) }}",
        "{% for i in range(100000000) %}{% endfor %}",
        "{% set x = 'x' %}{{ x }}",
        "{% set x %}y{% endset %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for x in excerpts recursive %}{{ loop(excerpts) }}{% endfor %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ [1, 2] }}",
        "{{ {'a': 1} }}",
        "{{ hosts[:1] }}",
        "{{ hosts | join(question) }}",
        "{{ 'a' | replace('a', 'aa') }}",
        "{{ 'a' | format }}",
        "{{ hosts | map('upper') | list }}",
        "{{ hosts | attr('__class__') }}",
        "{% for a in hosts %}{% for b in hosts %}{% for c in hosts %}x{% endfor %}{% endfor %}{% endfor %}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "not " * 2500 + "1 }}",
        "{% if answers %}" * 150 + "{% endif %}" * 150,
        "{{ " + "9" * 5000 + " }}",
        "x" * 12_001,
        "{{ question" + " | upper" * 31 + " }}",
        "{{ answers",
        "{% if answers %}",
        "{% nonsense %}",
    ],
)
def test_what_a_text_may_not_do_is_refused_before_it_runs(source: str) -> None:
    with pytest.raises(Refused, match=r"^texte:\d+: ") as refused:
        written(source)
    assert refused.value.mend


@pytest.mark.parametrize(
    "source",
    [
        "{% for x in many %}{% endfor %}",
        "{% for c in question %}{% endfor %}",
        "{{ excerpts }}",
        "{{ self }}",
        "{{ answers | first }}",
        "{{ long | upper }}",
        "{{ answers | length }}",
        "{% if answers > question %}{% endif %}",
    ],
)
def test_what_goes_over_a_cap_while_it_runs_is_stopped_with_its_line(source: str) -> None:
    with pytest.raises(Refused, match=r"^texte:2: "):
        written("\n" + source, long="y" * 2_001)


def test_the_largest_text_that_is_allowed_costs_little_memory() -> None:
    thirty = ["y" * 4000] * 30
    tracemalloc.start()
    with pytest.raises(Refused, match=f"longer than {MAX_TEXT} characters"):
        written("{% for x in h %}{% for y in h %}{{ y }}{% endfor %}{% endfor %}", h=thirty)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "source",
    ["{{ question.__class__ }}", "{{ hosts.append }}", "{{ excerpts[0].items }}", "{{ hosts[7] }}", "{{ loop }}"],
)
def test_an_objects_inside_is_out_of_reach(source: str) -> None:
    with pytest.raises(Refused, match="texte:1:"):
        written(source)


def test_an_unknown_variable_has_its_line_and_its_mend() -> None:
    with pytest.raises(Refused) as refused:
        written("Bonjour\n{{ ritul }}")
    assert refused.value.what == 'texte:2: unknown variable "ritul"'
    assert refused.value.mend == 'did you mean "ritual"?'


def test_a_text_of_a_member_is_never_read_as_a_template() -> None:
    assert written("{{ name }}", name="{{ hosts }}{% if %}") == "{{ hosts }}{% if %}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ a ?",
        "{{ a",
        "{{ }}",
        "{{ a b }}",
        "{{ a | }}",
        "{{ a | shout }}",
        "{% if a %}",
        "{% if a %}{% endfor %}",
        "{% si a %}",
        "{% for x %}{% endfor %}",
        "{% %}",
        "{# a",
    ],
)
def test_what_is_wrong_between_braces_is_told_without_a_parser_s_words(text: str) -> None:
    mistake = mistake_in(text)

    assert mistake is not None
    assert not re.search(r"template|jinja|token|statement|tag|expression|block|cannot be read", mistake.what, re.I)


@pytest.mark.parametrize("inner", ["{{ a | shout }}", "{% if a is loud %}b{% endif %}"])
def test_an_unknown_filter_or_test_is_refused_under_an_if_too(inner: str) -> None:
    mistake = mistake_in("{% if a %}" + inner + "{% endif %}")

    assert mistake is not None and mistake.what.startswith("there is no ")
