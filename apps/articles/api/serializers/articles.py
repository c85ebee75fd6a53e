"""What the doors of articles take and answer."""

from typing import Any

from rest_framework import serializers

from apps.articles.choices import ArticleStatus, Decision
from apps.articles.markdown import to_html
from apps.articles.models import SHORTEST_BODY, SHORTEST_TITLE
from apps.core.http.fields import AnyCaseChoiceField, LeftOutBooleanField
from apps.core.http.synonyms import SynonymSerializer

LONGEST_BODY = 100_000
BODY = "Salt **matters**: most of what we eat of it is in bread, cheese and soups."


class WriteArticleInput(SynonymSerializer):
    """An article in Markdown; as `multipart/form-data` it may bring a picture along (`image`, jpg or png)."""

    example: dict[str, Any] = {"title": "Living well with high blood pressure", "body": BODY, "is_published": True}
    synonyms = {"content": "body"}

    title = serializers.CharField(min_length=SHORTEST_TITLE, max_length=200)
    body = serializers.CharField(min_length=SHORTEST_BODY, max_length=LONGEST_BODY, help_text="Markdown.")
    is_published = LeftOutBooleanField(
        required=False,
        source="is_handed_in",
        help_text="True: a moderator looks at it, then it is public. False: draft.",
    )


class ModerateInput(SynonymSerializer):
    """What becomes of an article, and why if it is given back."""

    example = {"status": "REJECTED", "reason": "Name your sources, please."}

    status = AnyCaseChoiceField(choices=Decision.choices, synonyms={"APPROVED": Decision.PUBLISHED})
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ArticleRow(serializers.Serializer[Any]):
    """An article in a list."""

    example: dict[str, Any] = {
        "id": "019a9f3c-0000-7000-8000-000000000701",
        "title": "Living well with high blood pressure",
        "slug": "living-well-with-high-blood-pressure",
        "author": "019a9f3c-0000-7000-8000-000000000002",
        "author_name": "Lena Okafor",
        "status": "PUBLISHED",
        "image": "/api/v1/blogs/019a9f3c-0000-7000-8000-000000000701/image/",
        "views_count": 128,
        "published_at": "2026-11-01T08:00:00Z",
    }

    id = serializers.UUIDField()
    title = serializers.CharField()
    slug = serializers.CharField()
    author = serializers.UUIDField(source="author_id")
    author_name = serializers.CharField(source="author.name")
    status = serializers.ChoiceField(choices=ArticleStatus.choices)
    image = serializers.SerializerMethodField(help_text="The address of the picture.")
    views_count = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True, help_text="For the first time.")

    def get_image(self, article: Any) -> str | None:
        """Return the address of the picture, if there is one."""
        return f"/api/v1/blogs/{article.pk}/image/" if article.image_id else None


class ArticleOutput(ArticleRow):
    """An article to read."""

    example = {**ArticleRow.example, "body": BODY, "html": "<p>Salt <strong>matters</strong> ...</p>\n", "reason": ""}

    body = serializers.CharField(help_text="As written, in Markdown.")
    html = serializers.SerializerMethodField(help_text="Rendered and sanitised.")
    reason = serializers.CharField(help_text="Why a moderator gave it back.")

    def get_html(self, article: Any) -> str:
        """Return the body as harmless HTML."""
        return to_html(article.body)


class ViewsOutput(serializers.Serializer[Any]):
    """How often an article was read."""

    example = {"views_count": 129}

    views_count = serializers.IntegerField()
