"""tertulia try: the real first messages of a ritual, sent to one person; nothing is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from orchestrator.commands.sketch import Message, Scene
    from orchestrator.errors import DeliveryFailed
    from orchestrator.flow.app import App
    from orchestrator.playbook.schema import Playbook
    from orchestrator.ports import Poll, Post

#: What stands above the message, so that nobody takes it for the real one.
MARK = {
    "fr": "_Essai, que personne d’autre ne voit : rien n’est compté, les boutons ne font rien._",
    "en": "_A try that nobody else sees: nothing is counted, the buttons do nothing._",
}

#: What the buttons of a try stand for.
NO_RUN = f"tried-{'0' * 16}"

#: Telegram's word on somebody who never wrote to the bot is the same as on a place it is not in.
#: https://core.telegram.org/bots/features#chat-and-user-selection "bots can't start conversations"
STRANGER = ("chat not found", "can't initiate conversation")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: `what` and `mend` are empty when it arrived."""

    connection: str
    stage: str
    text: str
    what: str = ""
    mend: str = ""


@click.command("try")
@click.argument("ritual", metavar="PLAYBOOK/RITUAL")
@click.option("--to", "person", required=True, metavar="PERSON", help="One of hosts.people.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(ritual: str, person: str, as_json: bool) -> int:
    """Send the first messages of a ritual to PERSON, directly, as members would get them.

    PLAYBOOK is a name or a file. Each message is marked as a try; no run is made, no guardrail counts it, the
    ritual remembers nothing. Without any token it appears in the practice room. Exit status 1: not all arrived.
    """
    from orchestrator import boot
    from orchestrator.commands import arguments, sketch
    from orchestrator.errors import Refused
    from orchestrator.settings import load_settings

    path, _, name = ritual.rpartition("/")
    if not path:
        raise Refused(f'"{ritual}" does not name a ritual', "write PLAYBOOK/RITUAL")
    playbook = arguments.playbook_of(path)
    wanted = sketch.ritual_of(playbook, name)
    refs = refs_of(playbook, person)
    settings = load_settings()
    app = boot.open(settings, must_fit=boot.rehearses(settings, False))
    try:
        scenes = sketch.scenes(playbook, wanted, app.render, app.now())
        outcomes = list(send(app, playbook, refs, first(scenes)))
    finally:
        _close(app)
    if as_json:
        arguments.print_json(facts(person, outcomes))
    else:
        for line in told(person, outcomes, app.rehearses):
            click.echo(line)
    return 1 if any(outcome.what for outcome in outcomes) else 0


def _close(app: App) -> None:
    for adapter in app.adapters.values():
        adapter.close()
    app.store.close()


def refs_of(playbook: Playbook, person: str) -> Mapping[str, str]:
    """The person's id on each connection. Raises Refused for whoever is not one of the hosts."""
    from orchestrator.errors import Refused
    from orchestrator.rules.values import nearest

    hosts = playbook.hosts.people if playbook.hosts else []
    if person in hosts and playbook.people.get(person):
        return playbook.people[person]
    if not hosts:
        mend = "add people: {alexis: {slack: U012AB3CD}} and hosts: {people: [alexis]} to it"
        raise Refused(f"{playbook.playbook} names no hosts, and a try goes to one of them", mend)
    near = nearest(person, hosts)
    raise Refused(
        f'"{person}" is none of the hosts', f"did you mean {near}?" if near else f"name one of: {', '.join(hosts)}"
    )


def first(scenes: Sequence[Scene]) -> list[tuple[str, Message]]:
    """What is said at the first moment at which members are told anything: (stage, message)."""
    speaking = [scene for scene in scenes if scene.messages]
    opening = [scene for scene in speaking if scene.stage.at == speaking[0].stage.at]
    return [(scene.stage.name, message) for scene in opening for message in scene.messages]


def send(
    app: App, playbook: Playbook, refs: Mapping[str, str], messages: Sequence[tuple[str, Message]]
) -> Iterator[Outcome]:
    """Send each message once to the person, on the platform it is for where they are on it."""
    from orchestrator.ports import Address

    held_on = {message.where.connection for _, message in messages}
    shared = [connection for connection in refs if connection in held_on]
    seen: set[tuple[str, str]] = set()
    for number, (stage, message) in enumerate(messages):
        # Somebody on none of the ritual's platforms reads it on their own.
        for connection in [message.where.connection] if shared else refs:
            text = words(message.post)
            if connection not in refs or (connection, text) in seen:
                continue
            seen.add((connection, text))
            post = marked(message.post, playbook)
            to = Address(member_ref=refs[connection])
            yield _send(app, connection, to, post, _Try(stage, text, number, app.now()))


@dataclass(frozen=True, slots=True)
class _Try:
    stage: str
    text: str
    number: int
    at: datetime


def _send(app: App, connection: str, to: Any, post: Post | Poll, one: _Try) -> Outcome:
    from orchestrator.errors import DeliveryFailed, DeliveryUnknown
    from orchestrator.store.runs import digest16

    adapter = app.adapters.get(connection)
    if adapter is None:
        mend = f"set TERTULIA_{connection.upper()}_{'BOT_' if connection == 'slack' else ''}TOKEN"
        return Outcome(connection, one.stage, one.text, f"{connection} is not connected", mend)
    try:
        adapter.send(to, post, digest16(f"try|{connection}|{one.number}|{one.at.isoformat()}"))
    except DeliveryFailed as failed:
        return Outcome(connection, one.stage, one.text, *_refused(failed))
    except DeliveryUnknown as unknown:
        return Outcome(connection, one.stage, one.text, unknown.what, "look there before you try again")
    return Outcome(connection, one.stage, one.text)


def _refused(failed: DeliveryFailed) -> tuple[str, str]:
    if any(word in failed.code.casefold() for word in STRANGER):
        mend = "write to the bot first: open it in Telegram, press Start, and try again"
        return "Telegram lets a bot write only to those who wrote to it before", mend
    return failed.what, failed.mend


def words(post: Post | Poll) -> str:
    """What is read of it: a poll's question stands for the poll."""
    from orchestrator.ports import Poll

    return post.question if isinstance(post, Poll) else post.text


def marked(post: Post | Poll, playbook: Playbook) -> Post | Poll:
    """The post as a try: it says so, mentions nobody, joins no thread, and its buttons lead to no run."""
    import msgspec

    from orchestrator.ports import Poll

    mark = MARK[playbook.language]
    if isinstance(post, Poll):
        return msgspec.structs.replace(post, text=f"{mark}\n\n{post.text}", under=None)
    return msgspec.structs.replace(
        post,
        text=f"{mark}\n\n{post.text}",
        buttons=tuple(msgspec.structs.replace(button, key=NO_RUN, kind="choice") for button in post.buttons),
        under=None,
        mention_everyone=False,
    )


def facts(person: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "to": person,
        "messages": [
            {"connection": one.connection, "stage": one.stage, "text": one.text, "sent": not one.what}
            | ({"what": one.what, "mend": one.mend} if one.what else {})
            for one in outcomes
        ],
    }


def told(person: str, outcomes: Sequence[Outcome], rehearses: bool) -> Iterator[str]:
    """What a manager reads."""
    if not outcomes:
        yield "This ritual says nothing at its start: there is nothing to try."
    for one in outcomes:
        where = f"{person} on {one.connection.capitalize()}"
        if one.what:
            yield f"Not sent to {where}: {one.what}"
            yield f"  mend: {one.mend}"
        else:
            yield f"Sent to {where}: {one.stage}"
    if rehearses and outcomes:
        yield "No token is set, so it is in the practice room (tertulia run --rehearsal); nothing left this machine."
