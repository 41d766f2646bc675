"""tertulia members: show who belongs to a segment, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from orchestrator.rules.segment import Expression, Finding

#: Members that a person is shown; a program gets all.
SHOWN = 100

#: Members whose facts are read at once.
AT_ONCE = 5_000


@click.command("members")
@click.option("--segment", "name", metavar="SEGMENT", required=True, help="Whose members: a name under segments:.")
@click.option("--playbook", metavar="PLAYBOOK", help="Whose segment, where several communities have one of that name.")
@click.option("--why", is_flag=True, help="Show the facts that make each of them belong.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of all of them.")
def command(name: str, playbook: str | None, why: bool, as_json: bool) -> None:
    """Show who belongs to a segment now: how many, and the first hundred by name.

    Hosts belong to none, and neither does anybody who left every place.
    """
    from orchestrator import boot
    from orchestrator.commands.arguments import print_json
    from orchestrator.flow.app import wall_clock
    from orchestrator.rules.segment import expression
    from orchestrator.settings import load_settings
    from orchestrator.store import member_facts, segment, segments

    store = boot.store(load_settings(), must_fit=True)
    with store.read() as session:
        found = segments.find(session, name, playbook)
        now, asked = wall_clock(), expression(found.written)
        page = segment.page(session, found.community_id, asked, now, limit=None if as_json else SHOWN)
        today = segment.today_of(session, found.community_id, now)
        reasons: dict[int, list[Finding]] = {}
        for start in range(0, len(page.ids) if why else 0, AT_ONCE):
            some = member_facts.of_members(session, found.community_id, page.ids[start : start + AT_ONCE])
            reasons |= {member_id: _why(asked, facts, today) for member_id, facts in some.items()}
        names = {} if as_json else segments.names(session, page.ids)
    if as_json:
        print_json([{"member_id": one, "why": [_facts(each) for each in reasons.get(one, [])]} for one in page.ids])
        return
    for line in lines(name, page.total, [(names[one], reasons.get(one, [])) for one in page.ids]):
        click.echo(line)


def lines(name: str, total: int, shown: Sequence[tuple[str, Sequence[Finding]]]) -> Iterator[str]:
    """Tell a person who belongs, each on a line, the facts below."""
    if not total:
        yield f"Nobody is in {name} now."
        return
    yield f"{total} {'member is' if total == 1 else 'members are'} in {name} now:"
    for who, findings in shown:
        yield f"  {who}"
        for finding in findings:
            yield f"    {sentence(finding)}"
    if total > len(shown):
        yield f"  and {total - len(shown)} more (--json prints them all)"


def sentence(finding: Finding) -> str:
    """Say a fact in a manager's words, and what is wanted of it."""
    value, wanted = finding.value, finding.wanted
    untrue = value is None
    if finding.fact in ("badge", "answered"):
        true = f"has the badge {value}" if finding.fact == "badge" else f"answered {value}"
        named = wanted.removeprefix("not ")
        return (
            true
            if not untrue
            else f"{'does not have the badge' if finding.fact == 'badge' else 'did not answer'} {named}"
        )
    if finding.fact == "joined":
        return f"{'was there before us, or came unnoticed' if untrue else f'joined on {value}'} (wanted: {wanted})"
    if finding.fact == "quiet_for":
        told = value if value == "never contributed" else f"quiet for {value}"
        return f"{told} (wanted: {wanted})"
    return f"{_counted(finding.fact, int(value or 0))} (wanted: {wanted})"


def _counted(fact: str, n: int) -> str:
    """How many, with its noun."""
    s = "" if n == 1 else "s"
    return {
        "contributed": f"{n} contribution{s}",
        "active_days": f"{n} active day{s}",
        "helped": f"helped {n} asker{s}",
        "started": f"started {n} thread{s} that others joined",
    }[fact]


def _why(asked: Expression, facts: Any, today: int) -> list[Finding]:
    from orchestrator.rules.segment import why

    return why(asked, facts, today)


def _facts(finding: Finding) -> dict[str, Any]:
    return {"fact": finding.fact, "value": finding.value, "wanted": finding.wanted}
