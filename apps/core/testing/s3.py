"""A little server that speaks as much S3 as a private store needs, over real HTTP, with objects in memory."""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass
class Bucket:
    """What one bucket holds, who may use it, and what it was asked."""

    name: str
    access_key: str
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@contextlib.contextmanager
def s3_server(bucket: Bucket) -> Iterator[Bucket]:
    """Serve the bucket on a free port, its address in `bucket.url`, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    bucket.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """PutObject, GetObject, HeadObject, DeleteObject and ListObjectsV2, for whoever signs with the bucket's key."""

    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _unchunked(body)
        if self._is_allowed():
            self.bucket.objects[self._key] = body
            self._answer(200, headers={"ETag": _tag(body)})

    def do_GET(self) -> None:
        if not self._is_allowed():
            return
        if not self._key:
            self._answer(200, _listing(self.bucket, parse_qs(urlsplit(self.path).query)))
        elif (content := self.bucket.objects.get(self._key)) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, content, headers={"ETag": _tag(content)})

    do_HEAD = do_GET  # noqa: N815 - http.server calls it so

    def do_DELETE(self) -> None:
        if self._is_allowed():
            self.bucket.objects.pop(self._key, None)
            self._answer(204)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.bucket.name}").lstrip("/")

    def _is_allowed(self) -> bool:
        self.bucket.asked.append((self.command, self._key))
        signed = self.headers.get("Authorization", "")
        is_ours = f"Credential={self.bucket.access_key}/" in signed and self.path.startswith(f"/{self.bucket.name}")
        if not is_ours:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return is_ours

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Last-Modified": "Fri, 20 Nov 2026 09:00:00 GMT", **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the test looks at `asked`."""


def _unchunked(body: bytes) -> bytes:
    """Return the content of an aws-chunked body, its trailing checksum left out."""
    content, rest = b"", body
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.partition(b";")[0], 16)
        if size == 0:
            break
        content, rest = content + rest[:size], rest[size + 2 :]
    return content


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _listing(bucket: Bucket, query: dict[str, list[str]]) -> bytes:
    prefix, delimiter = (query.get(name, [""])[0] for name in ("prefix", "delimiter"))
    found = sorted(key for key in bucket.objects if key.startswith(prefix))
    pattern = re.escape(prefix) + rf"[^{delimiter}]*" if delimiter else re.escape(prefix) + ".*"
    here = [key for key in found if re.fullmatch(pattern, key)]
    contents = "".join(f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in here)
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()
