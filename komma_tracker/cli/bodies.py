"""What is sent beyond the limit is read and dropped: the sender gets a page that says what to do, and no torn line."""

from __future__ import annotations

from typing import Any

from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

COUNTED_UP_TO = 2**40
"""Bytes of one request, after which the server itself hangs up."""


class BoundedBuffer(OverflowableBuffer):
    """A request's body up to a limit; of a longer one only its length."""

    def __init__(self, overflow: int, limit: int) -> None:
        super().__init__(overflow)
        self.limit = limit
        self.length = 0

    def __len__(self) -> int:
        return self.length

    def append(self, s: bytes) -> None:
        """Take what has come, or only count it."""
        self.length += len(s)
        if self.length <= self.limit:
            super().append(s)
        elif self.strbuf or self.buf is not None:
            self.close()
            self.strbuf, self.buf, self.overflowed = b"", None, False


def channel_with_limit(limit: int) -> type[HTTPChannel]:
    """Connections that keep at most so many bytes of a body; the application refuses by the length that it is told."""

    class Request(HTTPRequestParser):
        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            receiver: Any = self.body_rcv
            if receiver is not None:
                receiver.buf = BoundedBuffer(self.adj.inbuf_overflow, limit)

    class Channel(HTTPChannel):
        parser_class = Request

    return Channel
