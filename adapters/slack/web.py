"""Slack's Web API through slack_sdk: one request a call, no retries of its own, errors in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from adapters.slack.faults import broken, refused
from orchestrator.errors import DeliveryFailed, DeliveryUnknown
from orchestrator.ports import Call, Document

# Seconds for connecting and for each read; below the delivery's lease of 20 s.
TIMEOUT = 10
PAGE = 200


def client(root: str, token: str | None) -> WebClient:
    """A WebClient before that server. Its default retries would post twice when a reply is lost."""
    return WebClient(token=token, base_url=f"{root.rstrip('/')}/api/", timeout=TIMEOUT, retry_handlers=[])


class Web:
    """The calls we make with our bot token."""

    def __init__(self, root: str, token: str | None) -> None:
        self.client = client(root, token)

    def act(self, call: Call) -> Mapping[str, Any]:
        """Carry one call out. Raises DeliveryFailed or DeliveryUnknown."""
        answer = self._answer(call.method, json=call.args).data
        return answer if isinstance(answer, dict) else {}

    def upload(self, channel: str, document: Document, comment: str) -> None:
        """Give one file to a channel. Raises DeliveryFailed or DeliveryUnknown.

        Before the last of the SDK's three requests nobody sees anything.
        """
        name, content = document.name, document.content
        try:
            self.client.files_upload_v2(
                filename=name, content=content, channel=channel, initial_comment=comment or None
            )
        except SlackApiError as error:
            raise _fault("files.completeUploadExternal", error.response) or broken(error) from None
        except SlackRequestError:
            mend = "ask for the file again"
            raise DeliveryFailed("upload", "Slack did not take the file's content", mend) from None
        except Exception as error:
            raise broken(error) from error

    def ask(self, method: str, **params: Any) -> SlackResponse:
        """Read something (these methods take no JSON). Raises DeliveryFailed or DeliveryUnknown."""
        return self._answer(method, params={name: value for name, value in params.items() if value is not None})

    def pages(self, method: str, found: str, **params: Any) -> Iterator[Any]:
        """Every entry of a list, page after page: https://docs.slack.dev/apis/web-api/pagination/"""
        cursor: str | None = None
        while True:
            page = self.ask(method, cursor=cursor, **params)
            yield from page.get(found) or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _answer(self, method: str, **sent: Any) -> SlackResponse:
        try:
            return self.client.api_call(method, **sent)
        except SlackApiError as error:
            response: SlackResponse = error.response
            fault = _fault(method, response)
            if fault is None:
                return response
            raise fault from None
        except Exception as error:
            raise broken(error) from error


def _fault(method: str, response: SlackResponse) -> DeliveryFailed | DeliveryUnknown | None:
    return refused(method, _code(response), response.status_code, _retry_after(response))


def _code(response: SlackResponse) -> str:
    """Slack's word for what went wrong; "" where the answer is no object (a proxy's list, a bare word)."""
    code = response.data.get("error") if isinstance(response.data, dict) else None
    return code if isinstance(code, str) else ""


def _retry_after(response: SlackResponse) -> float | None:
    """Slack's demand in seconds: https://docs.slack.dev/apis/web-api/rate-limits/"""
    for name, value in response.headers.items():
        if name.lower() == "retry-after":
            try:
                return float(value)
            except ValueError:
                return None
    return None
