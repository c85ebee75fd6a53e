"""The database's own words for finding a passage."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import FloatField, Func

LANGUAGE = "english"
_WORD = re.compile(r"[a-z0-9]{2,40}")
_MOST_WORDS = 60


def weighted(title: str, text: str, *more: str) -> Any:
    """Return the vector of a row: what its title says weighs most."""
    vector: Any = SearchVector(title, weight="A", config=LANGUAGE)
    for name in more:
        vector += SearchVector(name, weight="B", config=LANGUAGE)
    return vector + SearchVector(text, weight="C", config=LANGUAGE)


def any_word_of(text: str) -> SearchQuery | None:
    """Return the query for rows with any of a text's words, None where it has none; never raises for any text."""
    words = dict.fromkeys(_WORD.findall(text.lower()))
    if not words:
        return None
    return SearchQuery(" | ".join(list(words)[:_MOST_WORDS]), search_type="raw", config=LANGUAGE)


def fit(vector: Any, query: SearchQuery) -> Any:
    """Return how well rows fit: their rank, which PostgreSQL divides by the number of words asked for, undivided."""
    nodes = Func(query, function="numnode", output_field=FloatField())  # Of n words n, and the n - 1 signs between.
    return SearchRank(vector, query) * (nodes + 1.0) / 2.0
