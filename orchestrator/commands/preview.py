"""tertulia preview: what members would see at each stage of a ritual, on each platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

import adapters
from orchestrator.commands import arguments

if TYPE_CHECKING:
    from orchestrator.commands.sketch import Scene
    from orchestrator.playbook.schema import Playbook, Ritual
    from orchestrator.ports import Poll, Post


@click.command("preview")
@click.argument("playbook")
@click.argument("ritual")
@click.option("--platform", type=click.Choice(adapters.PLATFORMS), help="Only this platform.")
@click.option(
    "--from", "start", metavar="MOMENT", help=f"Show the first run after it; now, if not given. {arguments.MOMENT_HELP}"
)
@click.option("--calls", is_flag=True, help="Print each platform call as a JSON line instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(playbook: str, ritual: str, platform: str | None, start: str | None, calls: bool, as_json: bool) -> None:
    """Show what members would see of the next run of a RITUAL of a PLAYBOOK (a name or a file).

    Nothing is sent. The recap is drawn from imagined answers.
    """
    from orchestrator.commands import sketch
    from orchestrator.render import Renderer
    from orchestrator.settings import load_settings

    found = arguments.playbook_of(playbook)
    wanted = sketch.ritual_of(found, ritual)
    render = Renderer(load_settings().templates)
    scenes = sketch.scenes(found, wanted, render, arguments.moment_or_now(start))
    scenes = sketch.on_platform(scenes, platform)
    if calls:
        for line in _calls(scenes):
            arguments.print_json(line)
    elif as_json:
        arguments.print_json(_facts(found, wanted, scenes))
    else:
        for drawn in _picture(found, wanted, scenes):
            click.echo(drawn)


def _calls(scenes: list[Scene]) -> Iterator[dict[str, Any]]:
    for scene in scenes:
        for message in scene.messages:
            where = message.where
            about = {"platform": where.platform, "connection": where.connection, "place": where.address.place_ref}
            for call in message.calls:
                yield {**about, "stage": scene.stage.name, "method": call.method, "args": call.args}


def _facts(playbook: Playbook, ritual: Ritual, scenes: list[Scene]) -> dict[str, Any]:
    stages = [
        {
            "stage": scene.stage.name,
            "at": arguments.instant(scene.stage.at),
            "messages": [
                {
                    "platform": message.where.platform,
                    "connection": message.where.connection,
                    "space": message.where.space,
                    "place": message.where.address.place_ref,
                    **_said(message.post),
                }
                for message in scene.messages
            ],
        }
        for scene in scenes
    ]
    return {"playbook": playbook.playbook, "ritual": ritual.name, "kind": ritual.kind, "stages": stages}


def _said(post: Post | Poll) -> dict[str, Any]:
    """The words of a post, or the question and options of a poll of the platform's own."""
    from orchestrator.ports import Poll

    if isinstance(post, Poll):
        return {"text": post.question, "buttons": [], "options": list(post.options)}
    return {"text": post.text, "buttons": [button.label for button in post.buttons]}


def _picture(playbook: Playbook, ritual: Ritual, scenes: list[Scene]) -> Iterator[str]:
    from orchestrator.commands import picture
    from orchestrator.render.dates import spell

    yield click.style(f"{playbook.playbook}/{ritual.name}", bold=True) + f" · {ritual.kind} · {', '.join(ritual.when)}"
    for scene in scenes:
        yield ""
        at = spell(scene.stage.at, playbook.language, playbook.timezone)
        yield click.style(_heading(ritual, scene), bold=True) + f" · {at}{_remark(playbook, ritual, scene)}"
        for message in scene.messages:
            yield ""
            under = ", in the thread" if message.post.under else ""
            yield f"  {message.where.platform.capitalize()}, {message.where.space or 'directly to a member'}{under}"
            for call in message.calls:
                for line in picture.lines(call):
                    yield f"  │ {line}".rstrip()


def _heading(ritual: Ritual, scene: Scene) -> str:
    """The stage's name; of a step also what it does."""
    from orchestrator.rituals import steps

    step = steps.step_of(ritual.model, scene.stage.name) if ritual.kind == steps.NAME else None
    return f"{scene.stage.name} {step.does}" if step else scene.stage.name


def _remark(playbook: Playbook, ritual: Ritual, scene: Scene) -> str:
    """What the picture of a stage cannot show."""
    from orchestrator.flow.moments import APPROVAL

    if scene.stage.name == APPROVAL:
        by = ritual.approval.by or (playbook.hosts.people if playbook.hosts else [])
        return f"\n  {' or '.join(by) or 'a host'} is asked, and nothing is posted without a yes"
    if scene.stage.closes and not scene.messages:
        from orchestrator.rituals import poll

        if ritual.kind == poll.NAME:
            return "\n  nothing new is posted; the buttons go, and the vote shows what came of it"
        return "\n  nothing is posted" + ("; what is answered from here on is late" if scene.ends_answers else "")
    if not scene.messages:
        return "\n  nothing is posted"
    template = scene.messages[0].template
    if template == "prompt/reminder":
        return "\n  only if fewer than 3 have answered by then"
    if template == "poll/results":
        return "\n  the votes are imagined"
    return "\n  the answers are imagined" if template == "prompt/recap" else ""
