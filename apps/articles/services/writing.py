"""Articles by their authors: written, changed, taken away, read."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.articles.choices import ArticleStatus
from apps.articles.models import LONGEST_SLUG, Article
from apps.core import audit, files
from apps.core.errors import InvalidInput, NotAllowed, NotFound
from apps.core.files import WrittenFile
from apps.core.models import StoredFile

ROOM_FOR_NUMBER = 10


def write_article(
    *, actor: User, title: str, body: str, image: WrittenFile | None = None, is_handed_in: bool = True
) -> Article:
    """Write an article: a draft, or handed in at once for a moderator to look at. Raises InvalidInput (image)."""
    article = Article(title=title, body=body, author=actor, status=_standing(is_handed_in=is_handed_in))
    with transaction.atomic():
        article.image = _picture(image) if image else None
        _save_under_free_slug(article)
        _record("article_written", actor, article)
    return article


def change_article(
    *, actor: User, article: Article, changes: Mapping[str, Any], image: WrittenFile | None, now: datetime
) -> Article:
    """Change the title, the body, the picture, or whether it is handed in (`is_handed_in`), as its author.

    What was handed in is looked at anew, published or not: nobody swaps the text that a moderator read. The slug stays,
    for links do. Raises NotAllowed, and InvalidInput (image).
    """
    with transaction.atomic():
        article = _own(actor, article.pk)
        columns = {name: value for name, value in changes.items() if name != "is_handed_in"}
        for name, value in columns.items():
            setattr(article, name, value)
        if image is not None:
            _drop_picture(article, now)
            article.image = _picture(image)
        was_handed_in = article.status != ArticleStatus.DRAFT
        article.status = _standing(is_handed_in=changes.get("is_handed_in", was_handed_in))
        article.save(update_fields=[*columns, "image", "status", "updated_at"])
        _record("article_changed", actor, article, fields=sorted(columns), image=image is not None)
    return article


def delete_article(*, actor: User, article: Article, now: datetime) -> None:
    """Take an article away with its picture and its comments, as its author; raises NotAllowed."""
    with transaction.atomic():
        article = _own(actor, article.pk)
        _record("article_deleted", actor, article)
        _drop_picture(article, now)
        article.delete()


def count_view(*, article_id: UUID) -> int:
    """Count one more reader of a published article and return how many there were; raises NotFound.

    One UPDATE that adds, so that no reader of many at once is lost; `updated_at` speaks of the text, and stays.
    """
    counted = Article.objects.published().filter(pk=article_id)
    if not counted.exists():  # A refusal writes nothing, not even to no row.
        raise NotFound
    with transaction.atomic():
        counted.update(views_count=F("views_count") + 1)
        return Article.objects.values_list("views_count", flat=True).get(pk=article_id)


def _standing(*, is_handed_in: bool) -> ArticleStatus:
    return ArticleStatus.PENDING if is_handed_in else ArticleStatus.DRAFT


def _own(actor: User, pk: UUID) -> Article:
    article = Article.objects.select_for_update(of=("self",)).select_related("image").filter(pk=pk).first()
    if article is None:
        raise NotFound
    if article.author_id != actor.pk:
        raise NotAllowed
    return article


def _save_under_free_slug(article: Article) -> None:
    """Insert under the title's own slug, or with the first number that is free; the unique key has the last word."""
    base = slugify(article.title)[: LONGEST_SLUG - ROOM_FOR_NUMBER] or "article"
    taken = set(Article.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    for number in count():
        article.slug = f"{base}-{number}" if number else base
        if article.slug in taken:
            continue
        try:
            with transaction.atomic():
                article.save(force_insert=True)
        except IntegrityError:  # Somebody took it meanwhile.
            taken.add(article.slug)
        else:
            return


def _picture(written: WrittenFile) -> StoredFile:
    if not written.media_type.startswith("image/"):
        raise InvalidInput("image", _("Send a jpg, jpeg or png picture."), code="file_type_not_allowed")
    return files.attach(written)


def _drop_picture(article: Article, now: datetime) -> None:
    if article.image is not None:
        files.remove(article.image, now=now)


def _record(action: str, actor: User, article: Article, **details: object) -> None:
    audit.record(action, actor_id=actor.pk, subject=article, details={"status": article.status, **details})
