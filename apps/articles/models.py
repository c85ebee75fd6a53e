"""Articles by doctors."""

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.articles.querysets import ArticleQuerySet
from apps.core.models import BaseModel


class Article(BaseModel):
    """A medical article in Markdown; rendered and sanitised when read, so a stricter rule cleans old ones too."""

    title = models.CharField(_("title"), max_length=200, validators=[MinLengthValidator(10)])
    slug = models.SlugField(max_length=220, unique=True)
    body = models.TextField(_("body"), validators=[MinLengthValidator(50)], help_text=_("Markdown"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="articles")
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="articles_published",
                condition=models.Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
