"""What readers say about articles."""

from uuid import UUID

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.articles.models import Article, Comment
from apps.core import audit
from apps.core.errors import NotAllowed, NotFound


def comment(*, actor: User, article_id: UUID, text: str) -> tuple[Comment, bool]:
    """Say something about a published article; saying it again replaces it. Returns the comment and whether it is new.

    Raises NotFound.
    """
    article = Article.objects.published().filter(pk=article_id).first()
    if article is None:
        raise NotFound
    with transaction.atomic():
        # Locks a row that is there, and lets the unique key decide between two that make one.
        said, is_new = Comment.objects.update_or_create(article=article, author=actor, defaults={"text": text})
        _record("comment_written" if is_new else "comment_changed", actor, said)
    return said, is_new


def change_comment(*, actor: User, said: Comment, text: str) -> Comment:
    """Change what one said; raises NotAllowed."""
    with transaction.atomic():
        said = _locked(said)
        if said.author_id != actor.pk:
            raise NotAllowed
        said.text = text
        said.save(update_fields=["text", "updated_at"])
        _record("comment_changed", actor, said)
    return said


def remove_comment(*, actor: User, said: Comment) -> None:
    """Take a comment away: its author, or an administrator who moderates. Raises NotAllowed."""
    with transaction.atomic():
        said = _locked(said)
        if said.author_id != actor.pk and actor.role != Role.ADMIN:
            raise NotAllowed
        _record("comment_removed", actor, said)
        said.delete()


def _locked(said: Comment) -> Comment:
    locked = Comment.objects.select_for_update().filter(pk=said.pk).first()
    if locked is None:
        raise NotFound
    return locked


def _record(action: str, actor: User, said: Comment) -> None:
    audit.record(action, actor_id=actor.pk, subject=said, details={"article_id": str(said.article_id)})
