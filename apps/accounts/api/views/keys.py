"""Key pairs that a client keeps: shown, challenged, registered."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.outputs import ChallengeOutput, KeyPairOutput
from apps.accounts.api.serializers import PublicKeysInput, RegisterKeysInput
from apps.accounts.models import KeyPair
from apps.accounts.permissions import IsSignedIn, caller
from apps.accounts.services import client_keys
from apps.core.errors import NotFound
from apps.core.http.views import CareLoopViewSet


class KeyPairViewSet(CareLoopViewSet):
    """The key pair of the caller's login: with it, notes are encrypted for them."""

    permission_classes = [IsSignedIn]
    serializer_class = KeyPairOutput
    pagination_class = None
    commits_itself = True  # A wrong password is counted.

    @extend_schema(responses={200: KeyPairOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show your present key pair, public parts only; 404 before there is one.

        In custody `SERVER` the private keys lie on the server, sealed under keys that are not in its database. Only
        custody `CLIENT` is end-to-end: the server never has the private keys.
        """
        pair = KeyPair.objects.current_of(caller(request).pk).first()
        if pair is None:
            raise NotFound
        return self.answer(pair)

    @extend_schema(request=PublicKeysInput, responses={200: ChallengeOutput})
    def challenge(self, request: Request) -> Response:
        """Ask for a challenge that only the holder of both private keys can answer.

        Decrypt `challenge` (RSA-OAEP with SHA-256, label `careloop key proof`), sign the bytes with the signing key
        (Ed25519), and register within 10 minutes. 400 `weak_key` for anything but RSA of 3072 to 4096 bits with
        exponent 65537.
        """
        return Response(client_keys.challenge_client_keys(actor=caller(request), **self.parse(PublicKeysInput)))

    @extend_schema(request=RegisterKeysInput, responses={201: KeyPairOutput})
    def create(self, request: Request) -> Response:
        """Make these keys your present pair, in your own custody; the one before is kept for older notes.

        400 `proof_refused` when the signature does not fit the challenge.
        """
        pair = client_keys.register_client_keys(
            actor=caller(request), **self.parse(RegisterKeysInput), now=timezone.now()
        )
        return self.answer(pair, status=201)
