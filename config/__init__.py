"""Where the house is put together: settings, URLs and the Celery application. Nobody below imports it."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
