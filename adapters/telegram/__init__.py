"""Telegram, through the published Bot API."""
