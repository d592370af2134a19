"""A tiny classic as a mirror holds it, and the mirror on loopback."""

import gzip
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest

from course.data import classics


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def published(tmp_path):
    """A tiny classic: a folder as a mirror would hold it, and the four arrays."""
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (20, 28, 28), np.uint8),
        rng.integers(0, 10, 20, np.uint8),
        rng.integers(0, 256, (5, 28, 28), np.uint8),
        rng.integers(0, 10, 5, np.uint8),
    ]
    folder = tmp_path / "mirror"
    folder.mkdir()
    for file, array in zip(classics.IDX_FILES, arrays, strict=True):
        (folder / file).write_bytes(idx(array))
    return folder, arrays


class Handler(http.server.SimpleHTTPRequestHandler):
    truncate = False

    def do_GET(self):
        self.server.asked.append(self.path)
        body = (Path(self.directory) / self.path.lstrip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.truncate else body)

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(published):
    """A server on loopback that serves the mirror's folder."""
    folder, _ = published

    def handler(*args):
        return Handler(*args, directory=folder)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.truncate, server.asked = False, []
    server.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
