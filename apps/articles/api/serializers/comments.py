"""What the doors of comments take and answer."""

from typing import Any

from rest_framework import serializers

from apps.articles.models import SHORTEST_COMMENT
from apps.core.http.synonyms import SynonymSerializer


class ChangeCommentInput(SynonymSerializer):
    """What one has to say."""

    example: dict[str, Any] = {"text": "This helped my father."}
    synonyms = {"content": "text", "blog_post": "post"}

    text = serializers.CharField(min_length=SHORTEST_COMMENT, max_length=2000)


class CommentInput(ChangeCommentInput):
    """What one has to say, and about which article."""

    example: dict[str, Any] = {"post": "019a9f3c-0000-7000-8000-000000000701", **ChangeCommentInput.example}

    post = serializers.UUIDField()


class CommentOutput(serializers.Serializer[Any]):
    """What a reader says, shown by first name only."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000751",
        "post": "019a9f3c-0000-7000-8000-000000000701",
        "author_name": "Amina",
        "text": "This helped my father.",
        "is_mine": True,
        "created_at": "2026-11-20T09:00:00Z",
        "updated_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    post = serializers.UUIDField(source="article_id")
    author_name = serializers.CharField(source="author.first_name")
    text = serializers.CharField()
    is_mine = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_is_mine(self, said: Any) -> bool:
        """Return whether the caller said it."""
        return bool(said.author_id == self.context["request"].user.pk)
