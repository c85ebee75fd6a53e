"""Addresses of accounts."""

from django.urls import path

from apps.accounts.api.views import MeViewSet, SessionViewSet, SignInViewSet

urlpatterns = [
    path("auth/login/", SignInViewSet.as_view({"post": "login"})),
    path("auth/refresh/", SignInViewSet.as_view({"post": "refresh"})),
    path("auth/logout/", SessionViewSet.as_view({"post": "logout"})),
    path("me/", MeViewSet.as_view({"get": "retrieve"})),
]
