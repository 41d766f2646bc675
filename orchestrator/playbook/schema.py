"""The playbook language as frozen models, complete after loading: banks inlined, community keys merged."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from orchestrator.playbook.segments import Segment
from orchestrator.rituals.kinds import KINDS
from orchestrator.rules.values import (
    Duration,
    Flag,
    Hours,
    Percent,
    PerDay,
    PerWeek,
    Runs,
    Text,
    Texts,
    Unreadable,
    as_text,
    choice,
    outline,
    plain,
    quoted,
    read_duration,
    write_duration,
)

SKIP = {"skip", "sauter", "passer"}
_LATE = re.compile(
    r"(?:late|up to|within|retard|en retard|au plus)(?: (?:of|de|jusqu'à))? (.+)|(.+?) (?:late|de retard)"
)


class Frozen(BaseModel):
    """Base of the language's models: nothing unknown, nothing changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)


def read_on_missed(value: Any) -> timedelta | None:
    """How late a run may be after an outage: "late 2 hours"; "skip" is None. Raises Unreadable."""
    if value is None or isinstance(value, timedelta):
        return value  # set by our own code
    text = plain(str(value))
    if text in SKIP:
        return None
    found = _LATE.fullmatch(text)
    if not found:
        raise Unreadable(
            f"{quoted(value)} does not say what to do after an outage", "write: late 2 hours, or: skip", "P205"
        )
    return read_duration(found[1] or found[2])


Language = Annotated[Literal["fr", "en"], choice({"fr": "français|francais|french", "en": "english|anglais"})]
Tone = Annotated[
    Literal["tu", "vous"], choice({"tu": "tutoiement|tutoyer|informal", "vous": "vouvoiement|vouvoyer|formal"})
]
OnMissed = Annotated[
    timedelta | None,
    BeforeValidator(read_on_missed),
    PlainSerializer(lambda late: f"late {write_duration(late)}" if late else "skip", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["late 2 hours", "skip"]}),
]
OnHoliday = Annotated[
    Literal["skip", "next working day", "post"],
    choice({"skip": "sauter|passer", "next working day": "prochain jour ouvré|jour ouvré suivant", "post": "publier"}),
]
IfUnsure = Annotated[
    Literal["send again", "hold"], choice({"send again": "renvoyer|envoyer encore", "hold": "retenir|attendre"})
]
_MENTION = choice(
    {
        "everyone": "tout le monde|tous|everybody",
        "nobody": "no one|none|no|non|off|false|personne|aucun|aucune|faux",
    }
)


def read_mention(value: Any) -> str | None:
    """Whom a post calls: "everyone", or None for nobody. Raises Unreadable, and guesses at neither: it may be both."""
    try:
        word = None if value is None else _MENTION.read(as_text(value))
    except Unreadable as unreadable:
        raise Unreadable(unreadable.what, "write everyone, or nobody (then the line can go too)", "P205") from None
    return word if word == "everyone" else None


Mention = Annotated[
    Literal["everyone"] | None,
    BeforeValidator(read_mention),
    WithJsonSchema({"anyOf": [{"const": False}, *outline(_MENTION.known)["anyOf"]]}),
]


_language = TypeAdapter[str](Language).validate_python


def read_language(value: object) -> str:
    """The language a file names ("FR", "français": fr), or "" where it names none we know."""
    try:
        return _language(value)
    except ValueError:
        return ""


class Hosts(Frozen):
    """Who approves, and the space where they are asked and told."""

    people: Annotated[Texts, Field(min_length=1)]
    space: Text | None = None


class OurShare(Frozen):
    """At most this share of talk by us over the window, but always a few."""

    at_most: Percent = 0.20
    over: Duration = timedelta(days=7)
    but_allow: PerWeek = 2  # per 7 days


class Pace(Frozen):
    """The guardrails; the defaults are those of the language."""

    quiet_hours: Hours = (time(21), time(8))
    posts_per_day: PerDay = Field(2, alias="posts")  # by us, per place, per local day
    our_share: OurShare = OurShare()
    direct_per_week: PerWeek = Field(1, alias="direct")
    stop_after: Runs = 3  # unanswered runs in a row


class Approval(Frozen):
    """Whether a human is asked first; `by` empty means every host."""

    required: bool = False
    by: Texts = []
    within: Duration = timedelta(hours=24)

    @model_validator(mode="before")
    @classmethod
    def _in_words(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {"required": True, **value} if value else value
        if isinstance(value, list) and value:
            named = ", ".join(str(name) for name in value)
            raise Unreadable("a list stands here instead of a word", f"write {{by: [{named}]}}", "P104")
        if not isinstance(value, str):
            return value
        return {"required": _approval_word(value) == "required"}


APPROVAL = choice({"required": "requise|requis|obligatoire|yes|oui", "none": "aucune|no|non"})


def _approval_word(value: str) -> str:
    try:
        return APPROVAL.read(value)
    except Unreadable as unreadable:
        if unreadable.mend.startswith("did you mean"):
            raise
        by = "to name who approves, write {by: [alexis]} with names that stand under people:"
        raise Unreadable(unreadable.what, f"{unreadable.mend}; {by}", "P205") from None


class Ritual(Frozen):
    """A recurring occasion. `kind` names the module in rituals/, `model` is that module's Model."""

    name: str
    kind: str
    model: Any
    when: Annotated[Texts, Field(min_length=1)]
    where: Texts = []
    who: Texts = []
    text: Text | None = None
    template: dict[str, Text] = {}
    approval: Approval = Approval()
    on_missed: OnMissed = timedelta(hours=2)  # None: skip
    on_holiday: OnHoliday = "skip"
    if_unsure: IfUnsure = "send again"
    mention: Mention = None
    was: Text | None = None
    paused: Flag = False

    @field_validator("model", mode="before")
    @classmethod
    def _stored_model(cls, value: Any, info: ValidationInfo) -> Any:
        """A stored version holds the model as plain values."""
        kind = KINDS.get(info.data.get("kind", ""))
        if kind is None or value is None or isinstance(value, BaseModel):
            return value
        return kind.Model.model_validate(value)


class Playbook(Frozen):
    """One file, with the keys of its community merged in."""

    playbook: Text
    title: Text
    community: Text
    language: Language
    tone: Tone = "vous"
    timezone: Text
    holidays: Text | None = None
    topics: Texts = []
    people: dict[str, dict[str, Text]] = {}  # name → connection → handle
    spaces: dict[str, dict[str, Text]] = {}  # name → connection → link, id or name
    hosts: Hosts | None = None
    segments: dict[str, Segment] = {}
    archetypes: dict[str, Any] = {}
    signature: Text | None = None
    pace: Pace = Pace()
    rituals: dict[str, Ritual]
