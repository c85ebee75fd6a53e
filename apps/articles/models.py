"""Articles by doctors, and what readers say about them."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.articles.choices import ArticleStatus
from apps.articles.querysets import LANGUAGE, ArticleQuerySet, CommentQuerySet
from apps.core.models import BaseModel, StoredFile

SHORTEST_TITLE, SHORTEST_BODY, SHORTEST_COMMENT = 10, 50, 2
LONGEST_SLUG = 220


class Article(BaseModel):
    """A medical article in Markdown; rendered and sanitised when read, so a stricter rule cleans old ones too."""

    title = models.CharField(_("title"), max_length=200, validators=[MinLengthValidator(SHORTEST_TITLE)])
    slug = models.SlugField(max_length=LONGEST_SLUG, unique=True)
    body = models.TextField(_("body"), validators=[MinLengthValidator(SHORTEST_BODY)], help_text=_("Markdown"))
    image = models.OneToOneField(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="articles", db_index=False
    )
    status = models.CharField(_("status"), max_length=9, choices=ArticleStatus.choices, default=ArticleStatus.DRAFT)
    reason = models.CharField(_("reason"), max_length=500, blank=True, help_text=_("Why it was given back"))
    published_at = models.DateTimeField(null=True, blank=True, help_text=_("For the first time"))
    views_count = models.PositiveBigIntegerField(_("views"), default=0)
    # Kept by the database in whatever statement writes the text; nothing is computed when somebody searches.
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=LANGUAGE)
        + SearchVector("body", weight="B", config=LANGUAGE),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=ArticleStatus.PUBLISHED) | Q(published_at__isnull=False),
                name="published_article_says_since_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                name="articles_published",
                condition=Q(status=ArticleStatus.PUBLISHED),
            ),
            # The moderators' queue; what was decided stays outside.
            models.Index(fields=["id"], name="articles_waiting", condition=Q(status=ArticleStatus.PENDING)),
            models.Index(fields=["author", "-id"], name="articles_of_author"),
            GinIndex(fields=["search"], name="articles_search"),
        ]

    def __str__(self) -> str:
        return self.title


class Comment(BaseModel):
    """What a reader says about an article: one for each reader, who may say it anew."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField(_("text"), validators=[MinLengthValidator(SHORTEST_COMMENT)])

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "author"], name="one_comment_per_article_and_reader"),
        ]
        indexes = [
            models.Index(fields=["article", "-id"], name="comments_of_article"),
            models.Index(fields=["author", "-id"], name="comments_of_author"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk}"
