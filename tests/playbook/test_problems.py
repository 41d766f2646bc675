"""A problem is printed with its carets under the place, whatever the line holds."""

from __future__ import annotations

import pytest

from orchestrator.playbook.problems import SHOWN, Problem, as_facts, in_order, show


def problem(line: str, column: int, length: int, number: int = 7) -> Problem:
    return Problem("a.yaml", number, column, "P203", "this is wrong", "mend it", line, length)


def test_a_problem_prints_as_agreed() -> None:
    assert show(problem("    when: evry monday", 11, 11, 23)).splitlines() == [
        "a.yaml:23:11: this is wrong [P203]",
        "   |",
        "23 |     when: evry monday",
        "   |           ^^^^^^^^^^^",
        "   mend: mend it",
    ]


@pytest.mark.parametrize(
    ("line", "column", "length", "carets"),
    [
        ("🎉 non", 3, 3, "   ^^^"),
        ("日本: x", 1, 2, "^^^^"),
        ("e\u0301te: x", 5, 1, "   ^"),
        ("\twhen: x", 2, 4, "\t^^^^"),
        ("court", 6, 1, "     ^"),
    ],
)
def test_carets_stand_under_wide_combining_and_tab_characters(line: str, column: int, length: int, carets: str) -> None:
    assert show(problem(line, column, length)).splitlines()[3] == f"  | {carets}"


def test_of_a_long_line_the_place_is_shown() -> None:
    lines = show(problem("x" * 500 + "HERE" + "y" * 500, 501, 4)).splitlines()

    assert len(lines[2]) <= SHOWN + 4
    assert lines[2].index("HERE") == lines[3].index("^^^^")
    assert lines[2].startswith("7 | …")
    assert lines[2].endswith("…")


def test_nothing_that_steers_a_terminal_is_printed() -> None:
    assert "\x1b" not in show(problem("a: \x1b[31mred", 4, 3))


def test_problems_are_sorted_by_place_each_once() -> None:
    first, second = problem("x", 1, 1, 2), problem("x", 1, 1, 10)

    assert in_order([second, first, second]) == [first, second]


def test_a_program_reads_six_facts() -> None:
    assert as_facts(problem("x", 1, 1)) == {
        "file": "a.yaml",
        "line": 7,
        "column": 1,
        "code": "P203",
        "what": "this is wrong",
        "mend": "mend it",
    }
