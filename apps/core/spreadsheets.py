"""Rows as a file for spreadsheet programs, in which no cell is a formula."""

import csv
from collections.abc import Iterable, Iterator

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What the csv module writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def harmless(cell: object) -> str:
    """Return the cell as text that no spreadsheet program takes for a formula (OWASP, "CSV Injection").

    White space before the dangerous sign does not help it: some programs trim.
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(BEGINNINGS) or text.lstrip().startswith(BEGINNINGS) else text


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Return the rows as lines of CSV (RFC 4180), every cell quoted, none a formula."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])
