"""What the readers of uploads hand each other."""

from dataclasses import dataclass, field


class Refused(Exception):
    """The file is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file, a picture and what it unpacks to may be."""

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_inflated_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file as it is kept: its shown name, its type by content, and bytes that do nothing by themselves."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
