"""What the house knows about a question: passages of the knowledge base and published articles, by full text."""

import hashlib
from collections.abc import Iterator
from functools import cache

from django.contrib.postgres.search import SearchQuery
from django.db.models import F
from django.utils.translation import gettext as _

from apps.articles.models import Article
from apps.recommendations.medicines import knowledge
from apps.recommendations.models import KnowledgePassage
from apps.recommendations.passages import Passage, passages, telling
from apps.recommendations.prediction import DiseaseAdvice, predictor
from apps.recommendations.safety import plain
from apps.recommendations.searching import any_word_of, fit
from apps.recommendations.services.found import Found
from apps.recommendations.services.medicines_asked import medicines_in

MOST = 3
LOOKED_AT = 60  # Passages with any of the words, the best first, that may fit.
LONGEST_TEXT = 700
BATCH = 500


def find_passages(question: str, *, advice: DiseaseAdvice | None = None) -> list[Found]:
    """Return at most three texts that fit a question, the best first; none where nothing fits.

    `advice` is what prediction makes of the complaints in the question.
    """
    asked = _asked(question, advice)
    query = any_word_of(" ".join(sorted(asked)))
    if query is None:
        return []
    _be_searchable()
    ranked = sorted((*_own(query, asked), *_articles(query, asked)), key=lambda pair: -pair[0])
    found = [each for _rank, each in ranked] + [_found(each) for each in _predicted(advice)]
    return list(dict.fromkeys(found))[:MOST]


def _own(query: SearchQuery, asked: frozenset[str]) -> Iterator[tuple[float, Found]]:
    """Yield the passages of the knowledge base that fit, with how well."""
    rows = KnowledgePassage.objects.filter(knowledge_version=_edition(), search=query)
    ranked = rows.annotate(rank=fit(F("search"), query)).order_by("-rank", "position")
    for position, rank in ranked.values_list("position", "rank")[:LOOKED_AT]:
        if _base()[position].fits(asked):
            yield rank, _found(_base()[position])


def _articles(query: SearchQuery, asked: frozenset[str]) -> Iterator[tuple[float, Found]]:
    """Yield the published articles that fit, with how well."""
    ranked = Article.objects.published().filter(search=query).annotate(rank=fit(F("search"), query))
    for key, title, body, rank in ranked.order_by("-rank", "-id").values_list("pk", "title", "body", "rank")[:MOST]:
        text = plain(body, longest=LONGEST_TEXT)
        if Passage(title, "", text, title, sides=((title,),)).fits(asked):
            quoted = _("From the article “%(title)s”: %(text)s") % {"title": plain(title), "text": text}
            yield rank, Found(quoted, plain(title), f"blogs/{key}")


def _predicted(advice: DiseaseAdvice | None) -> Iterator[Passage]:
    """Yield what is said of the disease that would explain several complaints; a lone word may be misread."""
    if advice and advice.prediction and len(advice.recognised) > 1:
        yield from (each for each in _base() if each.title == advice.prediction.disease)


def _found(passage: Passage) -> Found:
    return Found(plain(passage.text, longest=LONGEST_TEXT), passage.source, f"{passage.title}, {passage.section}")


def _asked(question: str, advice: DiseaseAdvice | None) -> frozenset[str]:
    """Return the words that tell what a question is about: our names of it too, and nothing that it denies.

    Of medicines together their names tell enough: what speaks of alcohol beside one is no complaint.
    """
    recognised = advice.recognised if advice else ()
    medicines = medicines_in(question)
    denied = telling(" ".join(each.said for each in recognised if not each.is_present))
    felt = [each.name for each in recognised if each.is_present] if len(medicines) < 2 else []
    return (telling(question) - denied) | telling(" ".join([*medicines, *felt]))


@cache
def _base() -> tuple[Passage, ...]:
    """Return every passage of the knowledge base, each in its place."""
    return tuple(passages(knowledge(), predictor().knowledge))


@cache
def _edition() -> str:
    """Return what tells these passages from others of the same knowledge, which another release made of it."""
    said = "\n".join(f"{each.title}\n{each.also}\n{each.section}\n{each.text}" for each in _base())
    return f"{knowledge().version[:23]}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _be_searchable() -> None:
    """Write the passages of this edition where there are none; two that do so at once write each row once."""
    version = _edition()
    if KnowledgePassage.objects.filter(knowledge_version=version).exists():
        return
    rows = [
        KnowledgePassage(
            knowledge_version=version,
            position=position,
            title=each.title[:300],
            also=each.also,
            section=each.section,
            text=each.text,
            source=each.source[:300],
        )
        for position, each in enumerate(_base())
    ]
    KnowledgePassage.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    KnowledgePassage.objects.exclude(knowledge_version=version).delete()
