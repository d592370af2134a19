"""The body of a request that writes a file, read a piece at a time."""

PART = 1024 * 1024  # bytes that are held at once


class Chunks:
    """The body of a request, of a known length or in chunks, as a file to read."""

    def __init__(self, handler):
        self.file = handler.rfile
        self.chunked = "chunked" in handler.headers.get("Transfer-Encoding", "")
        self.left = 0 if self.chunked else int(handler.headers.get("Content-Length", 0))
        self.ended = not self.chunked and not self.left

    def read(self, size=-1):
        """Return up to `size` bytes, or all; none at the end."""
        found = bytearray()
        while not self.ended and (size < 0 or len(found) < size):
            if not self.left:
                self._next()
                continue
            part = self.file.read(
                min(self.left, PART if size < 0 else size - len(found))
            )
            if not part:
                raise ConnectionError("the file that Spark writes broke off")
            found += part
            self.left -= len(part)
            if not self.left:
                self._end_of_part()
        return bytes(found)

    def _next(self):
        self.left = int(self.file.readline().split(b";")[0], 16)
        if not self.left:
            self.file.readline()
            self.ended = True

    def _end_of_part(self):
        if self.chunked:
            self.file.readline()
        else:
            self.ended = True
