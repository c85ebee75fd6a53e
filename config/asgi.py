"""The live stream as an ASGI application of its own, so that open connections never occupy an API worker."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

# This process serves the stream and nothing else.
settings.ROOT_URLCONF = "config.stream_urls"

application = get_asgi_application()
