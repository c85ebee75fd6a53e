"""What the doors of articles answer."""

from typing import Any

from rest_framework import serializers

from apps.articles.markdown import to_html


class ArticleRow(serializers.Serializer[Any]):
    """An article in a list."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000701",
        "title": "Living well with high blood pressure",
        "slug": "living-well-with-high-blood-pressure",
        "author_name": "Lena Okafor",
        "published_at": "2026-11-01T08:00:00Z",
    }

    id = serializers.UUIDField()
    title = serializers.CharField()
    slug = serializers.CharField()
    author_name = serializers.CharField(source="author.name")
    published_at = serializers.DateTimeField()


class ArticleOutput(ArticleRow):
    """An article to read."""

    example = {**ArticleRow.example, "body": "Salt **matters**.", "html": "<p>Salt <strong>matters</strong>.</p>\n"}

    body = serializers.CharField(help_text="As written, in Markdown.")
    html = serializers.SerializerMethodField(help_text="Rendered and sanitised.")

    def get_html(self, article: Any) -> str:
        """Return the body as harmless HTML."""
        return to_html(article.body)
