"""Doors of chat."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.http.views import CareLoopViewSet, ListMixin, ScopedViewSet
from apps.recommendations import llm
from apps.recommendations.api.filters import ChatFilter
from apps.recommendations.api.serializers.chat import ChatHealthOutput, ChatMessageOutput, SendMessageInput
from apps.recommendations.api.serializers.medicines import version
from apps.recommendations.models import ChatMessage
from apps.recommendations.services.chatting import answer_question, clear_history


class ChatViewSet(ListMixin, ScopedViewSet):
    """The caller's questions and their answers, the newest first."""

    permission_classes = [IsSignedIn]
    queryset = ChatMessage.objects.all()
    serializer_class = ChatMessageOutput
    filterset_class = ChatFilter
    is_idempotent = False  # A language model may be asked, which no transaction may wait for.

    @extend_schema(request=SendMessageInput, responses={200: ChatMessageOutput})
    def create(self, request: Request) -> Response:
        """Ask a medical question: danger first, then what the knowledge base and published articles say, with sources.

        Where a language model is configured, a question in other words or another language is understood too; each
        sentence of the answer is of the rules and sources all the same. This is not medical advice.
        """
        return self.answer(answer_question(actor=caller(request), now=timezone.now(), **self.parse(SendMessageInput)))

    @extend_schema(request=None, responses={204: None})
    def clear(self, request: Request) -> Response:
        """Delete one's whole conversation, for good."""
        clear_history(actor=caller(request))
        return Response(status=204)


class ChatHealthViewSet(CareLoopViewSet):
    """What answers in the chat."""

    permission_classes = [IsSignedIn]
    pagination_class = None

    @extend_schema(responses={200: ChatHealthOutput})
    def health(self, request: Request) -> Response:
        """Say whether chat answers, and whether a language model takes part."""
        return Response({"status": "ok", "language_model": llm.state(), "knowledge_version": version()})
