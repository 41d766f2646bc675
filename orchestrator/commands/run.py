"""tertulia run: hold the rituals."""

from __future__ import annotations

import signal

import click

PARTS = ("listen", "worker", "clock", "console")


@click.command("run")
@click.argument("part", required=False, type=click.Choice(PARTS), metavar="[listen|worker|clock|console]")
@click.option("--rehearsal", is_flag=True, help="Send nothing out: play every connection, whatever tokens are set.")
def command(part: str | None, rehearsal: bool) -> int:
    """Hold the rituals: listener, worker, clock and console in one process, or one part alone.

    All in one, it brings the database up to date and applies the playbooks at start and whenever they change.
    One part alone does neither: see `tertulia migrate` and `tertulia apply`.
    """
    from orchestrator import boot, log
    from orchestrator.settings import load_settings
    from workers import house
    from workers.process import Process

    settings = load_settings()
    log.set_up(settings.log_level)
    process = Process(boot.open(settings, rehearsal=rehearsal, must_fit=False), (part,) if part else PARTS)
    alone, rehearses = part is None, boot.rehearses(settings, rehearsal)
    with process.heeding_signals(), house.open(process, alone=alone, rehearses=rehearses):
        click.echo(house.ready_line(process))
        ended_by = process.wait()
    return 130 if ended_by == signal.SIGINT else 0
