"""Words said to us: slash commands anywhere, and a few plain words in a direct chat."""

from __future__ import annotations

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
