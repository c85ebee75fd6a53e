"""The map of the stream server: one address, and its health."""

from django.urls import path

from apps.notifications.stream import live, stream

urlpatterns = [
    path("stream/<str:ticket>/", stream, name="stream"),
    path("live/", live, name="stream-live"),
]
