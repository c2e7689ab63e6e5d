"""The way to the process that judges: small questions in JSON over HTTP, on loopback.

The standard library's own client is used, since whatever else is installed here may be what is observed.
"""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

PATIENCE_S = 60.0


class LinkError(Exception):
    """The judging process refuses a question, or is gone; the text says which."""


class Link:
    """Asks the judging process at a `host:port`. One connection, which is made anew when it was closed meanwhile.

    Threads ask one after the other.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._asking = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, question: str, **told: Any) -> dict[str, Any]:
        """The answer to a question such as `begin`. Raises `LinkError`; `ValueError` where what was told is wrong."""
        body = json.dumps(told, ensure_ascii=True).encode()
        try:
            with self._asking:
                status, answer = self._sent(question, body)
        except (OSError, http.client.HTTPException) as error:
            raise LinkError(f"the process that has started this one does not answer: {error!r}") from None
        if status == 400:
            raise ValueError(answer["wrong"])
        if status != 200:
            raise LinkError(f"the process that has started this one answers {status} to {question}")
        return answer

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _sent(self, question: str, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            return self._once(question, body)
        except (OSError, http.client.HTTPException):
            self.close()
            return self._once(question, body)

    def _once(self, question: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._place, timeout=PATIENCE_S)
        self._connection.request("POST", f"/{question}", body, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data.startswith((b"{", b"[")) else {}
