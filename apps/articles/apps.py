"""The articles app: what doctors write for everybody."""

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    """Articles know doctors, and no patient."""

    name = "apps.articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        """Register what articles tell people."""
        from apps.articles import messages

        messages.register()
