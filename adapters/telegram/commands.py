"""Words said to us: slash commands anywhere, and a few plain words in a direct chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.telegram.changes import clean
from adapters.telegram.payload import Entity, Message
from orchestrator.ports import Ignored

# In a direct chat these words alone are commands (PLAYBOOKS, section 6), written with or without a slash.
PLAIN_WORDS = {word: word for word in ("help", "aide", "stop", "start", "me", "moi", "link", "lier", "oublie-moi")}
PLAIN_WORDS |= {"forget me": "forget_me", "oublie moi": "oublie-moi"}
PLAIN_WORDS |= {"export me": "export_me", "mes données": "mes_données"}


def command(message: Message, our_name: str | None) -> dict[str, Any] | Ignored | None:
    """{word, rest} of a message to us, Ignored when it is for another bot, None when it is no command."""
    text = message.text or message.caption or ""
    for entity in message.entities or message.caption_entities or ():
        if entity.type == "bot_command" and entity.offset == 0:
            return _slash(text, entity, our_name)
    if message.chat.type != "private" or len(text) > 40:
        return None
    word = PLAIN_WORDS.get(text.strip(" \n\t.!…").casefold())
    return None if word is None else {"word": word, "rest": ""}


def _slash(text: str, entity: Entity, our_name: str | None) -> dict[str, Any] | Ignored:
    word, _, whom = text[1 : entity.length].partition("@")
    if whom and our_name and whom.lower() != our_name:
        return Ignored("said to another bot")
    return {"word": clean(word).casefold(), "rest": clean(text[entity.length :]).strip()}


#: What the menu of a direct chat offers, by language ("": every other). 1 to 32 of a-z, 0-9 and _, at most 256
#: characters to explain each: https://core.telegram.org/bots/api#botcommand
MENU = {
    "": {
        "help": "what you can write to me",
        "me": "what I know about you",
        "stop": "no more messages from me",
        "start": "hear from me again",
        "idea": "propose something to the hosts",
        "link": "bring two of your accounts together",
        "export_me": "everything I keep about you, as a file",
        "forget_me": "erase everything about you",
    },
    "fr": {
        "aide": "ce qu’on peut m’écrire",
        "moi": "ce que je sais de vous",
        "stop": "plus aucun message de ma part",
        "start": "recevoir de nouveau mes messages",
        "idee": "proposer une idée aux hôtes",
        "lier": "réunir deux de vos comptes",
        "mes_donnees": "tout ce que je garde sur vous, dans un fichier",
        "oublie_moi": "tout effacer",
    },
}


def menus() -> Iterator[dict[str, Any]]:
    """The arguments of setMyCommands, one call a language: in direct chats only.

    https://core.telegram.org/bots/api#setmycommands
    """
    for language, words in MENU.items():
        listed = [{"command": word, "description": what} for word, what in words.items()]
        yield {"commands": listed, "scope": {"type": "all_private_chats"}, "language_code": language}
