"""Renders templates as a view does, with a request that is the same in each story."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve

type Component = Callable[..., str]

CONTEXT = {"csrf_token": "a-token", "messages": []}
"""What context processors would add, in every story the same. A story's props override it."""


def template(name: str) -> Component:
    """Return a component that renders a template with the props of a story.

    The props `user` and `path` are the request's.
    """

    def render(*, user: Any = None, path: str = "/", **context: Any) -> str:
        request = RequestFactory().get(path)
        request.user = user or AnonymousUser()
        request.resolver_match = resolve(path)
        return render_to_string(name, {**CONTEXT, **context}, request)

    render.__doc__ = f"Renders `{name}`."  # the story's page shows it
    return render
