"""Articles, for administrators."""

from django.contrib import admin

from apps.articles.models import Article
from apps.core.admin import ReadOnlyAdmin


@admin.register(Article)
class ArticleAdmin(ReadOnlyAdmin):
    """Articles."""

    list_display = ("title", "author", "published_at")
    list_select_related = ("author",)
    search_fields = ("title",)
