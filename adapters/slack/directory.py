"""Who and what a Slack workspace holds: places and people, as the connection sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.slack.web import PAGE, Web
from orchestrator.errors import DeliveryFailed, DeliveryUnknown, Refused
from orchestrator.ports import MemberSeen, PlaceSeen

ID = re.compile(r"[CGD][A-Z0-9]{5,20}")
LINK = re.compile(r"https://[\w.-]*slack\.com/(?:archives|client/[TE][A-Z0-9]+)/([CGD][A-Z0-9]{5,20})(?:[/?#].*)?")
KINDS = "public_channel,private_channel"

# users.info is allowed about 100 times a minute, users.list 20 times with 200 people each
# (https://docs.slack.dev/apis/web-api/rate-limits/): beyond this many, the list is cheaper.
ONE_BY_ONE = 20


def resolve(web: Web, written: str) -> PlaceSeen:
    """The place that a manager means by a link, an id or a #name. Raises Refused."""
    wanted = written.strip()
    link = LINK.fullmatch(wanted)
    ref = link[1] if link else wanted
    try:
        if ID.fullmatch(ref):
            return _place(web.ask("conversations.info", channel=ref)["channel"], None)
        name = wanted.lstrip("#@").lower()
        seen = (place for place in _channels(web) if place.get("name") == name)
        found = next(seen, None)
    except (DeliveryFailed, DeliveryUnknown) as error:
        raise Refused(f"{written}: {error.what}", getattr(error, "mend", "") or "try again in a minute") from None
    if found is None:
        mend = "invite the app into it (/invite @Tertulia), or paste what `tertulia spaces` lists"
        raise Refused(f"Slack shows us no channel {written}", mend)
    return _place(found, None)


def places(web: Web) -> list[PlaceSeen]:
    """Every channel the app sees, those it is in first. Raises DeliveryFailed."""
    home = web.ask("auth.test").get("url")
    seen = [_place(channel, home) for channel in _channels(web)]
    return sorted(seen, key=lambda place: (not place.joined, place.title))


def _channels(web: Web) -> list[Mapping[str, Any]]:
    return list(web.pages("conversations.list", "channels", types=KINDS, exclude_archived="true", limit=PAGE))


def _place(channel: Mapping[str, Any], home: str | None) -> PlaceSeen:
    ref, direct = str(channel["id"]), bool(channel.get("is_im"))
    return PlaceSeen(
        ref=ref,
        title=str(channel.get("name") or channel.get("user") or ref),
        kind="direct" if direct else "group",
        link=f"{home.rstrip('/')}/archives/{ref}" if home else None,
        joined=direct or bool(channel.get("is_member")),
    )


def member(web: Web, ref: str) -> MemberSeen:
    """One person. Raises DeliveryFailed."""
    return _member(web.ask("users.info", user=ref, include_locale="true")["user"])


def people(web: Web, place_ref: str) -> list[MemberSeen]:
    """Those now in a place, without bots and closed accounts. Raises DeliveryFailed."""
    refs = list(web.pages("conversations.members", "members", channel=place_ref, limit=PAGE))
    if len(refs) <= ONE_BY_ONE:
        users = [web.ask("users.info", user=ref, include_locale="true")["user"] for ref in refs]
    else:
        wanted = set(refs)
        users = [
            user
            for user in web.pages("users.list", "members", include_locale="true", limit=PAGE)
            if user["id"] in wanted
        ]
    seen = [_member(user) for user in users if not user.get("deleted")]
    return [person for person in seen if not person.is_bot]


def _member(user: Mapping[str, Any]) -> MemberSeen:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
    locale = user.get("locale")
    return MemberSeen(
        ref=str(user["id"]),
        name=str(name or user["id"]),
        language=str(locale)[:2].lower() if locale else None,
        zone=user.get("tz"),
        is_bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
    )
