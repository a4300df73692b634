"""HTTP/1.1 with errors in the shape of the API's, and an end for connections that stall."""

import asyncio
import logging
import struct
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from cutout.errors import CutoutError, MalformedRequest, RequestTimeout, Unavailable
from cutout.web.problems import explain

from .guard import Guard, Stage

RESET = struct.pack("ii", 1, 0)  # struct linger of socket(7): on, for no time
log = logging.getLogger("uvicorn.error")


class Protocol(H11Protocol):
    """One connection. Its guard counts its seconds."""

    server_state: Guard

    def __init__(
        self,
        config: Config,
        server_state: Guard,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.access_log = False  # serving.Served logs requests
        self.stage = Stage.WAITING
        self.seconds = 0  # in the stage
        self.received = 0  # bytes of all requests
        self._window_s = 0
        self._mark = 0  # the bytes that had come, or were unsent, when the window began
        self._is_writable = False  # since the window began, the client has read most

    @property
    def unsent(self) -> int:
        """The bytes of responses that the client has not taken."""
        return self.transport.get_write_buffer_size()

    @property
    def now(self) -> Stage:
        """The stage at this moment; `stage` is that of the last second."""
        if self.unsent:
            return Stage.SENDING
        if self.cycle is None or self.cycle.response_complete:
            return Stage.WAITING
        return Stage.RECEIVING if self.cycle.more_body else Stage.WORKING

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.server_state.admit(self):
            self.refuse(Unavailable("the server has too many connections; try again"))

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)

    def resume_writing(self) -> None:
        self._is_writable = True
        super().resume_writing()

    def count_second(self) -> None:
        """Count a second of the stage, and cut off a client that has taken too many."""
        if self.now is not self.stage:
            self.stage, self.seconds = self.now, 0
            self._begin_window()
        elif not self._is_idle_by_itself():
            self.seconds += 1
            self._window_s += 1
        if self._is_overdue():
            self.cut_off(RequestTimeout("the request came too slowly"))

    def cut_off(self, error: CutoutError) -> None:
        """Close the connection, with the error as its response if one may still be sent."""
        log.warning("%s was cut off: %s for %d s", self.address, self.stage.value, self.seconds)
        if self.unsent:
            # With a reset: the kernel would keep its megabytes of the response for minutes.
            self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, RESET)
            self.transport.abort()
        elif self.stage is Stage.WAITING and not self.conn.trailing_data[0]:
            self.transport.close()  # a browser opens connections that it may need
        else:
            self.refuse(error)

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no HTTP with an error in the API's shape, not uvicorn's text."""
        self.refuse(MalformedRequest("this is not a valid request of HTTP/1.1"))

    def refuse(self, error: CutoutError) -> None:
        """Close the connection, with the error as its response unless another has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = explain(error, "")
            for event in (
                h11.Response(
                    status_code=response.status_code,
                    headers=[*response.raw_headers, (b"connection", b"close")],
                    reason=HTTPStatus(response.status_code).phrase.encode(),
                ),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle:  # the application sends nothing more
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _is_idle_by_itself(self) -> bool:
        """Return whether the server, and not the client, lets a body wait."""
        return self.stage is Stage.RECEIVING and (
            self.flow.read_paused or self.cycle.waiting_for_100_continue
        )

    def _is_overdue(self) -> bool:
        limits = self.server_state.limits
        if self.stage is Stage.WAITING:
            return self.seconds >= limits.head_s
        if self.stage is Stage.RECEIVING and self.seconds >= limits.body_s:
            return True
        if self.stage is Stage.WORKING or self._window_s < limits.window_s:
            return False
        has_progressed = self._progress() >= limits.window_bytes
        self._begin_window()
        return not has_progressed

    def _progress(self) -> int:
        """Return the bytes that came or went since the window began."""
        if self.stage is Stage.RECEIVING:
            return self.received - self._mark
        if self._is_writable:  # of a response in parts, another part is unsent by now
            return self.server_state.limits.window_bytes
        return self._mark - self.unsent

    def _begin_window(self) -> None:
        self._window_s = 0
        self._mark = self.received if self.stage is Stage.RECEIVING else self.unsent
        self._is_writable = False
