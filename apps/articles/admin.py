"""Articles, for moderators: the queue first, each article as its readers would see it."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.articles.choices import ArticleStatus
from apps.articles.markdown import to_html
from apps.articles.models import Article, Comment
from apps.articles.services.moderating import moderate_article
from apps.core.admin import ReadOnlyAdmin, act_on_each
from apps.hospitals.admin.deciding import with_reason

LABELS = {"PUBLISHED": "success", "PENDING": "warning", "REJECTED": "danger", "DRAFT": "info"}


def waiting_articles(request: HttpRequest) -> int:
    """Return how many articles wait for a moderator, for the navigation."""
    return Article.objects.waiting().count()


@admin.register(Article)
class ArticleAdmin(ReadOnlyAdmin):
    """The moderators' queue, and everything that was handed in."""

    list_display = ("title", "author", "status_label", "published_at", "views_count")
    list_filter = ("status",)
    list_select_related = ("author",)
    search_fields = ("slug__exact",)  # What is typed goes to the indexed search: get_search_results.
    search_help_text = _("Words of the title or of the text")
    fields = ("title", "slug", "author", "status", "reason", "published_at", "views_count", "preview")
    readonly_fields = ("preview",)
    actions = ("publish", "give_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Leave out drafts, which are their authors' alone; what waits longest comes first."""
        rows: QuerySet[Article] = super().get_queryset(request)
        return rows.exclude(status=ArticleStatus.DRAFT).defer("search")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what the public search finds."""
        return (queryset.matching(search_term) if search_term else queryset), False  # type: ignore[attr-defined]

    @display(description=_("Status"), ordering="status", label=LABELS)  # type: ignore[untyped-decorator]
    def status_label(self, article: Article) -> str:
        """Return the status, coloured."""
        return article.status

    @display(description=_("As readers see it"))  # type: ignore[untyped-decorator]
    def preview(self, article: Article) -> SafeString:
        """Return the sanitised HTML, which is what readers get too."""
        return mark_safe(to_html(article.body))  # noqa: S308 - to_html sanitises; its tests attack it

    @admin.action(description=_("Publish"))
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Publish the chosen articles; their authors are told."""
        decide = lambda each: self._decide(request, each, ArticleStatus.PUBLISHED)  # noqa: E731
        act_on_each(self, request, queryset, decide, done=str(_("Published")))

    @admin.action(description=_("Give back ..."))
    def give_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Give the chosen articles back with a reason; their authors are told."""
        decide = lambda each, why: self._decide(request, each, ArticleStatus.REJECTED, why)  # noqa: E731
        return with_reason(self, request, queryset, decide, title=_("Given back"))

    def _decide(self, request: HttpRequest, article: Article, status: ArticleStatus, reason: str = "") -> Article:
        actor = cast(User, request.user)
        return moderate_article(actor=actor, article=article, status=status, reason=reason, now=timezone.now())


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """What readers say."""

    list_display = ("article", "author", "text", "created_at")
    list_select_related = ("article", "author")
    search_fields = ("article__slug__exact",)
    search_help_text = _("The slug of an article, written out")
