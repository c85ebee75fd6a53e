"""A list must cost the same number of queries for one row and for many; where it does not, the queries are shown."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

VALUE = re.compile(r"'(?:[^']|'')*'(?:::\w+)?|\b\d+(?:\.\d+)?\b")
LIST_OF_VALUES = re.compile(r"\(\?(?:, ?\?)*\)")
LONGEST_SHOWN = 300

ADVICE = """
What to do:
  - a row asks for its parent: bring it along with select_related() in narrow() or get_queryset();
  - a row asks for its children: prefetch_related(), or one query for the whole page in a selector;
  - a property or a serializer field asks: hand it what the page has read already;
  - a row is written for each row read: write them with one bulk_create().
A list that must cost more for more rows has no place behind one request."""


def assert_flat_queries(
    client: APIClient, url: str, *, grow: Callable[[int], object], few: int = 1, many: int = 10
) -> None:
    """Assert that GET `url` costs as many queries for `many` rows as for `few`; `grow(n)` makes n more rows.

    Shows the statements that became more, grouped, and what to do about them.
    """
    grow(few)
    client.get(url)  # What a process asks only once (content types, key rings) is not counted.
    cheap = _queries(client, url, few)
    grow(many - few)
    dear = _queries(client, url, many)
    if sum(dear.values()) > sum(cheap.values()):
        raise AssertionError(_explain(url, cheap, dear, few=few, many=many))


def _queries(client: APIClient, url: str, rows: int) -> Counter[str]:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    body: Any = response.json()
    assert response.status_code == 200, f"GET {url}: {response.status_code} {body}"
    shown = len(body["results"] if isinstance(body, dict) else body)
    assert shown == rows, f"GET {url} shows {shown} rows instead of {rows}: the case proves nothing."
    return Counter(_shape(query["sql"]) for query in captured.captured_queries)


def _shape(sql: str) -> str:
    """Return a statement with its values blanked, so that the same question about another row looks the same."""
    return LIST_OF_VALUES.sub("(?, ...)", VALUE.sub("?", sql))


def _explain(url: str, cheap: Counter[str], dear: Counter[str], *, few: int, many: int) -> str:
    more = "\n".join(
        f"  {cheap[shape]} -> {count} x {shape[:LONGEST_SHOWN]}"
        for shape, count in dear.most_common()
        if count > cheap[shape]
    )
    head = f"GET {url} costs {sum(cheap.values())} queries for {few} row(s) and {sum(dear.values())} for {many}."
    return f"{head} These became more:\n{more}\n{ADVICE}"
