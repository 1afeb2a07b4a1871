"""The addresses of the app."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.shop, name="shop"),
    path("order/<int:pk>/", views.order, name="order"),
]
