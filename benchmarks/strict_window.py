"""A fake Telegram that counts: 30 messages in any second and not one more, each answered after 50 ms.

python -m benchmarks.strict_window: prints its port, serves until it is ended. GET /stats tells what it saw.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from typing import ClassVar

#: Telegram's documented ceiling over all chats. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
MOST, WINDOW = 30, 1.0

#: Seconds between a request and its answer.
LATENCY = 0.05

SENT = b'{"ok":true,"result":{"message_id":%d,"date":1700000000,"chat":{"id":-1,"type":"supergroup"},"text":"x"}}'
ME = b'{"ok":true,"result":{"id":4242,"is_bot":true,"first_name":"Tertulia","username":"tertulia_bot"}}'
TOO_FAST = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}'
)


class Front(asyncio.Protocol):
    """One keep-alive connection; what was accepted and refused is counted over all of them."""

    window: ClassVar[deque[float]] = deque()
    accepted: ClassVar[list[float]] = []
    refused: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.held = transport, b""

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = self.held[:end].lower()
            length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
            if len(self.held) < end + 4 + length:
                return
            self.held = self.held[end + 4 + length :]
            self.asked(head.split(b" ", 2)[1])

    def asked(self, path: bytes) -> None:
        """Answer one request."""
        if path == b"/stats":
            self.say(200, json.dumps({"accepted": Front.accepted, "refused": Front.refused}).encode())
        elif not path.endswith(b"/sendmessage"):
            self.say(200, ME)
        else:
            self.message()

    def message(self) -> None:
        """Take a message, or refuse the one too many."""
        now = time.perf_counter()
        while Front.window and Front.window[0] <= now - WINDOW:
            Front.window.popleft()
        if len(Front.window) >= MOST:
            Front.refused += 1
            return self.say(429, TOO_FAST)
        Front.window.append(now)
        Front.accepted.append(now)
        answer = SENT % len(Front.accepted)
        asyncio.get_running_loop().call_later(LATENCY, self.say, 200, answer)
        return None

    def say(self, status: int, body: bytes) -> None:
        """Write one answer, if somebody still listens."""
        head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
        if not self.transport.is_closing():
            self.transport.write(head + body)  # type: ignore[attr-defined]


async def main() -> None:
    """Serve on a free port of the loopback."""
    server = await asyncio.get_running_loop().create_server(Front, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
