"""`check` can tell each unknown variable and where it stands."""

from __future__ import annotations

import pytest

from orchestrator.render import VARIABLES, unknown_names


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Bonjour {{ community }}, {{ hosts | first }}", []),
        ("{{ ritul }}", [("ritul", 1, 4)]),
        ("été\n  {{ question }} {{ qestion }}", [("qestion", 2, 21)]),
        ("{% for host in hosts %}{{ host }}{{ hots }}{% endfor %}", [("hots", 1, 37)]),
        ("{{ closes_at.when }}{% if answer > 2 %}{{ answer }}{% endif %}", [("answer", 1, 27), ("answer", 1, 43)]),
        ("member {{ 'member' }} {{ member }}", [("member", 1, 26)]),
        ("{{ question is foo }} {{ broken", []),
    ],
)
def test_unknown_variables_are_told_with_line_and_column(source: str, found: list[tuple[str, int, int]]) -> None:
    assert unknown_names(source, VARIABLES["*"]) == found
