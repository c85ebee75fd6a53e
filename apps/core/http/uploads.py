"""Files through the API: read under limits, written outside of transactions, handed out as attachments only."""

from collections.abc import Mapping, Sequence
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, QueryDict, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidInput
from apps.core.files import MEGABYTE, WORDS, WrittenFile, discard, open_bytes, write_upload
from apps.core.http.parsers import GuardedJSONParser
from apps.core.http.renderers import to_json
from apps.core.models import StoredFile

FIELDS = ("files", "file", "files[]")  # As the five older systems call them.
ROOM_FOR_TEXT = MEGABYTE


class GuardedMultiPartParser(MultiPartParser):
    """Parses multipart/form-data that is not larger than its files may be; every complaint is a 400."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return fields and files; raises ParseError."""
        request = cast(Request, (parser_context or {})["request"])
        most = settings.UPLOAD_MAX_FILES * settings.UPLOAD_MAX_MEGABYTES * MEGABYTE + ROOM_FOR_TEXT
        if _announced_bytes(request) > most:
            raise ParseError(_("The body is larger than all files together may be."), code="too_large")
        try:
            return super().parse(stream, media_type, parser_context)
        except (SuspiciousOperation, UnreadablePostError, UnicodeError, ValueError, LookupError) as failure:
            # Too many parts, a body that ends too soon, a charset that nobody knows.
            raise ParseError(_("The body is not valid multipart/form-data."), code="malformed_multipart") from failure


class UploadMixin:
    """Writes the files of a request before its handler runs; whatever the handler leaves unowned is deleted again."""

    file_fields: Sequence[str] = FIELDS
    parser_classes: Sequence[type[BaseParser]] = [GuardedMultiPartParser, GuardedJSONParser]
    written: list[WrittenFile]

    def run_handler(self, request: Request, handler: Any, *args: Any, **kwargs: Any) -> Response:
        """Run the handler with `self.written`, outside of whose transaction scanner and store were talked to."""
        self.written = []
        if not self.takes_files(request):
            return cast(Response, super().run_handler(request, handler, *args, **kwargs))  # type: ignore[misc]
        try:
            for name, file in _files_of(request, self.file_fields):
                self.written.append(write_upload(field=name, name=file.name or "", stream=cast(IO[bytes], file)))
            return cast(Response, super().run_handler(request, handler, *args, **kwargs))  # type: ignore[misc]
        finally:
            discard(self.written)

    def takes_files(self, request: Request) -> bool:
        """Return whether files may come with this request; with any other they are not even looked at."""
        return request.method == "POST"

    def fingerprint(self, request: Request) -> bytes:
        """Return what tells this body from another one: its texts, and the files by their content."""
        if not isinstance(request.data, QueryDict):
            return to_json(request.data)
        texts = {name: value for name, value in request.data.lists() if name not in self.file_fields}
        return to_json([texts, [[each.name, each.sha256.hex()] for each in self.written]])


def download(file: StoredFile) -> FileResponse:
    """Return a file as an attachment, which no browser shows, guesses the type of, or keeps."""
    return attachment(open_bytes(file), name=file.name, media_type=file.media_type, size=file.size)


def attachment(stream: IO[Any], *, name: str, media_type: str, size: int) -> FileResponse:
    """Return bytes as an attachment, which no browser shows, guesses the type of, or keeps."""
    response = FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream")
    for header, value in {
        "Content-Type": media_type,
        "Content-Length": str(size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items():
        response.headers[header] = value
    return response


def show_picture(file: StoredFile) -> FileResponse:
    """Return a picture that everybody may see, in any page; its address changes when it does, so caches keep it."""
    response = FileResponse(open_bytes(file), content_type=file.media_type)
    for name, value in {
        "Content-Disposition": "inline",
        "Content-Length": str(file.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "public, max-age=86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }.items():
        response.headers[name] = value
    return response


def _announced_bytes(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _files_of(request: Request, fields: Sequence[str]) -> "list[tuple[str, UploadedFile[Any]]]":
    request.data  # noqa: B018 - parses the body, so that what is malformed is refused first
    files = [
        (f"{name.removesuffix('[]')}/{index}", file)
        for name in fields
        for index, file in enumerate(request.FILES.getlist(name))
    ]
    if len(files) > settings.UPLOAD_MAX_FILES:
        raise InvalidInput("files", WORDS["too_many_files"], code="too_many_files")
    return files
