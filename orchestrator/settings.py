"""The only reader of the environment: every `TERTULIA_*` setting, typed, with its one line."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestrator.errors import Refused

#: What a setting that has a form must look like, in words.
FORMS = {
    "database_url": (r"sqlite:///.+|postgres(ql)?(\+psycopg)?://.+", "sqlite:///FILE or postgresql://…"),
    "redis_url": (r"(redis|rediss|unix)://.+", "redis://HOST:PORT/NUMBER"),
    "console_address": (r"[^:\s]+:\d{1,5}", "HOST:PORT"),
    "listen_address": (r"[^:\s]+:\d{1,5}", "HOST:PORT"),
    "slack_api_url": (r"https?://\S+", "https://…"),
    "telegram_api_url": (r"https?://\S+", "https://…"),
    "public_url": (r"https?://\S+", "https://…"),
    "log_level": (r"debug|info|warning|error", "debug, info, warning or error"),
}


def _formed(value: object, info: ValidationInfo) -> object:
    form, words = FORMS[info.field_name or ""]
    if isinstance(value, str) and not re.fullmatch(form, value):
        raise ValueError(f"must be {words}")
    return value


class Settings(BaseSettings):
    """What ops may set. Each description is the reference text in docs/settings.md."""

    # A line left empty in an environment file sets nothing: an empty token is no token.
    model_config = SettingsConfigDict(
        env_prefix="TERTULIA_", env_file=None, env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = Field(
        "sqlite:///var/tertulia.db", description="Where the rows are: sqlite:///FILE or postgresql://…"
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis for the bell between processes; without it the bell rings inside the process."
    )
    playbooks: Path | None = Field(
        None, description="Folder of your playbooks. Without it the shipped examples are rehearsed."
    )
    templates: Path | None = Field(None, description="Folder of your templates, looked into before the shipped ones.")
    console_address: str = Field("127.0.0.1:8484", description="HOST:PORT of the console.")
    listen_address: str = Field("127.0.0.1:8485", description="HOST:PORT for the platforms' HTTP deliveries.")
    slack_bot_token: SecretStr | None = Field(None, description="Slack bot token (xoxb-…).")
    slack_app_token: SecretStr | None = Field(None, description="Slack app-level token (xapp-…): turns Socket Mode on.")
    slack_signing_secret: SecretStr | None = Field(
        None, description="Slack signing secret: turns signed HTTP deliveries on."
    )
    slack_api_url: str = Field("https://slack.com", description="Root of Slack's server; we add /api/.")
    telegram_token: SecretStr | None = Field(None, description="Telegram bot token.")
    telegram_webhook_secret: SecretStr | None = Field(
        None, description="Secret that Telegram sends with webhook deliveries: turns the webhook on."
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="Root of Telegram's server; we add /bot.")
    public_url: str | None = Field(
        None, description="Where the internet reaches the listener (https://…), for Telegram's webhook."
    )
    telegram_per_second: float = Field(
        29.6, gt=0, le=30, description="Telegram sends a second over all chats (the platform's limit is 30)."
    )
    settle_seconds: float = Field(
        60, ge=1, le=600, description="Seconds a lost reply is settled by evidence before the post is repeated or held."
    )
    worker_threads: int = Field(8, ge=1, le=64, description="Threads of a worker process.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    _form = field_validator(*FORMS, mode="before")(_formed)

    @property
    def has_tokens(self) -> bool:
        """Is any real connection configured? Then nothing is rehearsed by accident."""
        return self.slack_bot_token is not None or self.telegram_token is not None


#: What pydantic says of a value, by its type of error, in words.
SAID = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}


def _in_words(error: ErrorDetails) -> str:
    told = SAID.get(error["type"])
    return told.format(**error.get("ctx", {})) if told else error["msg"].removeprefix("Value error, ")


def load_settings() -> Settings:
    """Read the environment. Raises Refused naming every bad setting, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        bad = [f"TERTULIA_{str(e['loc'][0]).upper()} {_in_words(e)}" for e in error.errors()]
        raise Refused("; ".join(bad), "correct the setting and start again (docs/settings.md lists them all)") from None
