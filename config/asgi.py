"""The live stream as an ASGI application of its own, so that open connections never occupy an API worker."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
os.environ["ROOT_URLCONF"] = "config.stream_urls"

application = get_asgi_application()
