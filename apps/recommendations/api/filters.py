"""What lists of advice can be narrowed by."""

import django_filters

from apps.recommendations.models import ChatMessage


class ChatFilter(django_filters.FilterSet):
    """Nothing; a frontend of system 002 says `limit` for the size of a page."""

    synonyms = {"limit": "page_size"}

    class Meta:
        model = ChatMessage
        fields: list[str] = []
