"""The command line: finds the subcommand's file and turns errors into sentences and exit statuses."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module

import click

from orchestrator.errors import Refused

COMMANDS = {
    "check": "Find every mistake in playbooks, with its mend.",
    "schema": "Print the JSON schema of the playbook language.",
    "new": "Write a first playbook from six questions.",
    "when": 'Tell the next moments of a phrase such as "chaque lundi à 9h30".',
    "calendar": "Show what is planned for the coming weeks.",
    "preview": "Show what members would see, on each platform.",
    "try": "Send a ritual's first messages to yourself, for real.",
    "rehearse": "Play weeks of a playbook ahead of time, with simulated members.",
    "translate": "Read platform payloads from standard input as inbounds.",
    "apply": "Make playbooks live.",
    "run": "Hold the rituals: listener, worker, clock and console.",
    "hold": "Hold a ritual now.",
    "why": "Tell why a ritual did or did not happen.",
    "results": "Count a run's answers.",
    "members": "Show who belongs to a segment, and why.",
    "approve": "List what waits for a decision, or decide.",
    "take-back": "Remove the last post, within ten minutes.",
    "pause": "Silence a playbook, a ritual or everything.",
    "resume": "End a pause.",
    "spaces": "List the places each connection sees, to paste into a playbook.",
    "doctor": "Find what is missing, with its mend.",
    "status": "Show what runs and what waits.",
    "migrate": "Bring the database to this version.",
}

#: Commands whose file cannot bear their name.
MODULES = {"try": "try_", "take-back": "take_back"}


class Lazy(click.Group):
    """A group whose commands are imported on use, so that --help costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"orchestrator.commands.{MODULES.get(cmd_name, cmd_name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f", did you mean {near[0]!r}" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tertulia", prog_name="tertulia")
def cli() -> None:
    """Tertulia holds the rituals of your community on Slack and Telegram."""


def main() -> None:
    """Run the command line and exit: 0 fine, 1 findings, 2 unusable arguments, 3 our bug, 130 Ctrl-C."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; return its exit status."""
    try:
        status = cli.main(arguments, prog_name="tertulia", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except SystemExit:  # not standalone, click leaves so only when nobody reads on (`| head`)
        return 0
    except Refused as error:
        return _say(error)
    except Exception as error:
        return _say_why(error)
    return status if isinstance(status, int) else 0


def _say_why(error: Exception) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # nothing was asked for: a script should notice
        click.echo(error.ctx.get_help() if error.ctx else error.message, err=True)
        return 2
    from orchestrator.commands import plain

    refused = plain.mistyped(error) if isinstance(error, click.ClickException) else plain.away(error)
    if refused is not None:
        return _say(refused)
    from orchestrator.log import file_bug

    click.echo(f"tertulia: this is our bug, not yours: please send us {file_bug()}", err=True)
    return 3


def _say(refused: Refused) -> int:
    click.echo(f"tertulia: {refused.what}", err=True)
    if refused.mend:
        click.echo(f"  mend: {refused.mend}", err=True)
    return 2
