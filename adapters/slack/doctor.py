"""What is wrong with a Slack connection and its places, in plain words with a mend."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.slack.faults import FAULTS, INVITE
from adapters.slack.web import Web
from orchestrator.errors import DeliveryFailed, DeliveryUnknown
from orchestrator.ports import Address, Finding
from orchestrator.settings import Settings

# Exactly those of deploy/slack-manifest.yaml (a test compares).
SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "reactions:read",
    "reactions:write",
    "users:read",
)
EVENTS = (
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
)
# Slack refuses, and we refuse, what was signed more than 5 minutes ago; warn long before.
SKEW = 60.0


def findings(web: Web, settings: Settings, places: Sequence[Address]) -> list[Finding]:
    """Everything wrong that can be seen from here; [] when all is well."""
    if settings.slack_bot_token is None:
        return [Finding("slack_token", FAULTS["not_authed"].what, FAULTS["not_authed"].mend)]
    try:
        us = web.ask("auth.test")
    except (DeliveryFailed, DeliveryUnknown) as error:
        return [_of("slack_token", error)]
    found = [*_scopes(us.headers), *_clock(us.headers), *_reception(settings)]
    for place in places:
        found += _place(web, place)
    return found


def _of(code: str, error: DeliveryFailed | DeliveryUnknown) -> Finding:
    mend = error.mend if isinstance(error, DeliveryFailed) else "try again in a minute"
    return Finding(code, error.what, mend)


def _header(headers: Any, wanted: str) -> str | None:
    return next((str(value) for name, value in headers.items() if name.lower() == wanted), None)


def _scopes(headers: Any) -> Iterator[Finding]:
    given = _header(headers, "x-oauth-scopes")
    if given is None:
        return
    missing = [scope for scope in SCOPES if scope not in re.split(r"[,\s]+", given)]
    if missing:
        yield Finding(
            "slack_scopes",
            f"the Slack app lacks these permissions: {', '.join(missing)}",
            "paste deploy/slack-manifest.yaml into the app's settings (App Manifest), then reinstall the app",
        )


def _clock(headers: Any) -> Iterator[Finding]:
    told = _header(headers, "date")
    try:
        theirs = parsedate_to_datetime(told or "").timestamp()
    except (TypeError, ValueError):
        return
    skew = time.time() - theirs
    if abs(skew) > SKEW:
        yield Finding(
            "slack_clock",
            f"this machine's clock is {abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} Slack's",
            "let the machine set its clock by itself (for example: timedatectl set-ntp true)",
        )


def _reception(settings: Settings) -> Iterator[Finding]:
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    if app_token is None and secret is None:
        yield Finding(
            "slack_deaf",
            "nothing that members write reaches us: neither Socket Mode nor HTTP deliveries are set up",
            "set TERTULIA_SLACK_APP_TOKEN (simplest), or TERTULIA_SLACK_SIGNING_SECRET on a server",
        )
    if secret is not None and not re.fullmatch(r"[0-9a-f]{32}", secret.get_secret_value()):
        yield Finding(
            "slack_signing_secret",
            "the signing secret does not look like one: it has 32 digits and letters a to f",
            "copy it again from Basic Information > App Credentials, and set TERTULIA_SLACK_SIGNING_SECRET",
        )
    if app_token is not None:
        yield from _socket(settings.slack_api_url, app_token.get_secret_value())


def _socket(root: str, app_token: str) -> Iterator[Finding]:
    try:
        # This only hands an address out: https://docs.slack.dev/reference/methods/apps.connections.open/
        Web(root, app_token).ask("apps.connections.open")
    except (DeliveryFailed, DeliveryUnknown) as error:
        yield Finding(
            "slack_app_token",
            f"Socket Mode does not open: {error.what}",
            "make an app-level token with connections:write (Basic Information) and set TERTULIA_SLACK_APP_TOKEN to it",
        )


def _place(web: Web, place: Address) -> Iterator[Finding]:
    if place.place_ref is None:
        return
    try:
        seen = web.ask("conversations.info", channel=place.place_ref)["channel"]
    except (DeliveryFailed, DeliveryUnknown) as error:
        found = _of("slack_place", error)
        yield Finding(found.code, f"{place.place_ref}: {found.what}", found.mend)
        return
    name = f"#{seen.get('name') or place.place_ref}"
    if seen.get("is_archived"):
        yield Finding("slack_place", f"{name} is archived", FAULTS["is_archived"].mend)
    elif not (seen.get("is_member") or seen.get("is_im")):
        yield Finding("slack_place", f"{name}: {FAULTS['not_in_channel'].what}", INVITE)
