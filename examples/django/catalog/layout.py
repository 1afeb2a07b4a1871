"""The document of a story."""

from django.template.loader import render_to_string


def layout(story_title: str, children: str) -> str:
    """Return a document with the project's CSS. A whole page is one already."""
    if "<html" in children:
        return children
    return render_to_string("catalog/story.html", {"title": story_title, "content": children})
