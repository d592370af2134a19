"""A model server as its endpoint sees it: started, asked, restarted, ended."""

from __future__ import annotations

import contextlib
import http.client
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from localaws import bounds
from localaws.machine.sandbox import Process
from localaws.serving.exchange import READY

RETRY = (0.1, 0.5, 2.0, 5.0, 10.0)  # seconds before each restart in a row
PART = 64 * 1024  # bytes of a stream that are passed on at once, at most
MOST = 25 * 1024 * 1024  # bytes of an answer, where nothing else is said
DYING = 1.0  # seconds that the end of a server that hung up may take to be seen
HOLD = 30.0  # seconds that a request waits for a server that is being restarted


class WorkerDown(Exception):
    """The model server died or is being restarted."""


class WorkerLate(Exception):
    """The model server did not answer in time."""


class StreamBroken(Exception):
    """The model server stopped in the middle of a streamed answer."""


@dataclass(frozen=True)
class Reply:
    """What a model server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def content_type(self) -> str:
        """The type of the body, or nothing."""
        return self.headers.get("Content-Type", "")


def _hung_up(connection: http.client.HTTPConnection) -> bool:
    """Return whether an idle server has closed its end: it says nothing unasked."""
    heard = select.poll()
    heard.register(connection.sock, select.POLLIN)
    return bool(heard.poll(0))


class Worker:
    """One model-server process with a pool of connections to it.

    `launch` starts the process; `log` gets each line that it prints. A server that
    dies after it was healthy is started again, as SageMaker does:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    """

    def __init__(
        self, launch: Callable[[], Process], log: Callable[[str], None]
    ) -> None:
        self._launch = launch
        self.log = log
        # Guards port, process and end; notified when one of them changes.
        self._state = threading.Condition()
        self._port: int | None = None
        self._process: Process | None = None
        self._stopping = threading.Event()  # set once: it is not started again
        self._finished = False  # it will not be started (again)
        self.failure = ""  # why it could not be started, set before it is finished
        self.status: int | None = None  # of the process that ended last
        self._pool: deque[http.client.HTTPConnection] = deque()  # idle ones
        self._tail: deque[str] = deque(maxlen=20)  # of what it printed
        # Starts the process, reads what it prints, and starts it again.
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def pid(self) -> int | None:
        """The process that owns the model server's processes."""
        return self._process.pid if self._process else None

    @property
    def up(self) -> bool:
        """Whether the server can be asked now: it is not starting, nor dead."""
        return self._port is not None

    @property
    def last_line(self) -> str:
        """The last line that the server printed and that is not blank."""
        return next((line for line in reversed(self._tail) if line.strip()), "")

    def start(self) -> None:
        """Start the process; `wait` says when it is healthy."""
        self._thread.start()

    def wait(self, timeout: float) -> bool:
        """Return whether the server answered `/ping` within `timeout` seconds."""
        end = time.monotonic() + timeout
        with self._state:
            self._state.wait_for(
                lambda: self._finished or self._port is not None, timeout
            )
        try:
            left = max(0.1, end - time.monotonic())
            return self.request("GET", "/ping", None, {}, left).status == 200
        except (WorkerDown, WorkerLate):
            return False

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        timeout: float,
        most: int = MOST,
    ) -> Reply:
        """Return the server's answer; raises `WorkerDown` or `WorkerLate`.

        `bounds.TooLong` for one whose body has more than `most` bytes.

        A request waits for a server that is being restarted. A server that is late is
        restarted: its one worker would stay busy.
        """
        with self._exchange(method, path, body, headers, timeout) as response:
            body = bounds.whole(response, most)
            return Reply(response.status, response.headers, body)

    def stream(
        self, path: str, body: bytes, headers: dict[str, str], timeout: float
    ) -> Generator[Reply, None, None]:
        """Yield the head of the server's answer (its body empty), then its parts.

        Raises `StreamBroken` where the server hangs up in the middle: the handler
        failed there, and the server goes on. Otherwise as `request`.
        """
        with self._exchange("POST", path, body, headers, timeout) as response:
            yield Reply(response.status, response.headers, b"")
            try:
                while part := response.read1(PART):
                    yield Reply(response.status, response.headers, part)
                response.read()  # nothing is left, but only this ends the exchange
            except http.client.IncompleteRead:
                raise StreamBroken("the stream has no end") from None

    @contextlib.contextmanager
    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        timeout: float,
    ) -> Iterator[http.client.HTTPResponse]:
        port, connection = self._connect(timeout)
        try:
            if connection.sock is None:
                connection.connect()
        except OSError:  # nothing was sent: the server has just died
            self._forget(port)
            port, connection = self._connect(timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            yield response
        except TimeoutError:
            connection.close()
            self._restart(port)
            raise WorkerLate(f"no answer in {timeout:g} s") from None
        except (StreamBroken, GeneratorExit, bounds.TooLong):
            connection.close()
            raise
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if isinstance(error, OSError):  # it hung up: it may be dying
                self._await_end(port)
            raise WorkerDown(str(error)) from error
        idle = connection.sock and response.isclosed()  # None: the server closed it
        if port == self._port and idle:
            self._pool.append(connection)
        else:
            connection.close()

    def stop(self) -> None:
        """End the server and all its processes, and wait for that."""
        self._stopping.set()
        with self._state:
            process = self._process
        if process:
            process.kill()
        if self._thread.ident:
            self._thread.join()
        self._close_pool()

    def _connect(self, timeout: float) -> tuple[int, http.client.HTTPConnection]:
        port = self._port or self._await_port(min(timeout, HOLD))
        with contextlib.suppress(IndexError):
            connection = self._pool.pop()
            if connection.port == port and not _hung_up(connection):
                connection.sock.settimeout(timeout)
                return port, connection
            connection.close()
        return port, http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def _await_port(self, timeout: float) -> int:
        with self._state:
            self._state.wait_for(lambda: self._port or self._finished, timeout)
            if self._port is None:
                raise WorkerDown("the model server is not running")
            return self._port

    def _await_end(self, port: int) -> None:
        """Wait for a moment until a server that dies has gone, so that none asks it."""
        with self._state:
            self._state.wait_for(lambda: self._port != port, DYING)

    def _forget(self, port: int) -> None:
        with self._state:
            self._port = None if self._port == port else self._port

    def _restart(self, port: int) -> None:
        with self._state:
            process = self._process if self._port == port else None
            self._port = None if process else self._port
        if process:
            process.kill()

    def _run(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                healthy = self._run_once()
            except Exception as error:  # whoever waits must hear of it
                healthy = False
                self.failure = str(error) or type(error).__name__
                self.log(f"The model server could not be started: {self.failure}")
            if not healthy and attempt == 0:
                break
            attempt = 1 if time.monotonic() - started > 60 else attempt + 1
            self._stopping.wait(RETRY[min(attempt, len(RETRY)) - 1])
        with self._state:
            self._finished = True
            self._state.notify_all()

    def _run_once(self) -> bool:
        """Run the process to its end; return whether it ever was ready."""
        ready = False
        with self._state:
            if self._stopping.is_set():
                return False
            self._process = process = self._launch()
        for data in bounds.lines(process.stdout):
            text = data.decode("utf-8", "replace").rstrip("\n")
            if text.startswith(READY) and not ready:
                ready = True
                self.log("The model server is ready.")
                self._open(int(text.removeprefix(READY)))
            else:
                self._tail.append(text)
                self.log(text)
        with self._state:
            self._port = None
            self._state.notify_all()
        self.status = process.wait()
        self._close_pool()
        if not self._stopping.is_set():
            self.log(f"The model server ended with status {self.status}.")
        return ready

    def _open(self, port: int) -> None:
        with self._state:
            self._port = port
            self._state.notify_all()

    def _close_pool(self) -> None:
        while self._pool:
            with contextlib.suppress(IndexError):
                self._pool.pop().close()
