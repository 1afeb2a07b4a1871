"""Descriptions and pages in Markdown: CommonMark with tables and ~~strikethrough~~.

HTML in the text is shown, not obeyed, and addresses of other kinds than those below stay text, so
that what comes out can stand in the workshop's own page.

A story is shown by an image whose address is its path:

    ![Primary button](story:forms/button/primary)

It stands in a paragraph or a list item. Where Markdown is shown by others its label is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from ..catalog.model import readable, slugify
from ..markup.parser import names
from ..ring.text import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

type StoryFrame = Callable[[str, str], Markup | None]
"""Called with a story's path and the label; what shows the story, None where there is none."""

SCHEME = "story"
LINKS = names("http https mailto tel")
IMAGES = names("http https")
IMAGE_DATA = re.compile(r"data:image/(?:avif|gif|jpeg|png|svg\+xml|webp)[;,]", re.IGNORECASE)
DEEPEST_HEADING = 6

_MARKED = re.compile(r"[\\`*_\[\]<>&#|~\x00-\x09\x0b-\x1f\x7f]|[^\S \n]|^[-+=\d ]| $", re.MULTILINE)
"""What may mean something to Markdown, generously."""


@dataclass(frozen=True)
class RenderedMarkdown:
    """HTML that can stand in a page, and what its author has to mend (a note stands there too)."""

    html: Markup
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkdownPage:
    """A Markdown file of a catalog. `title` is its first `# heading`, else its name, readably;
    `body` the text without that heading where it begins with it."""

    name: str
    title: str
    body: str

    @classmethod
    def parse(cls, text: str, name: str) -> MarkdownPage:
        """The page in a file's text; `name` is the file's, without its extension."""
        text = printable(text)
        tokens = _parser().parse(text)
        for place, token in enumerate(tokens):
            if token.type == "heading_open" and token.tag == "h1" and not token.level:
                title = _plain(tokens[place + 1].children or [])
                if place or token.map is None:
                    return cls(name, title or readable(name), text)
                body = "\n".join(re.split("\r\n?|\n", text)[token.map[1] :])
                return cls(name, title or readable(name), body)
        return cls(name, readable(name), text)


def render_markdown(
    text: str,
    story_frame: StoryFrame | None = None,
    *,
    shift: int = 1,
    anchors: set[str] | None = None,
) -> RenderedMarkdown:
    """A text as HTML. "# A" is a heading of level 1 + `shift`, since a page has its own h1.

    Headings get ids of their text; `anchors` are those that the page has already, and gets these.
    Without `story_frame` no story is known.
    """
    text = printable(text)
    if not _MARKED.search(text):
        return RenderedMarkdown(_paragraphs(text))
    markdown = _parser()
    taken = set() if anchors is None else anchors
    page = _Page(story_frame or (lambda path, label: None), shift, taken)
    tokens = list(page.tokens(markdown.parse(text)))
    rendered = markdown.renderer.render(tokens, markdown.options, {})
    return RenderedMarkdown(Markup(rendered), tuple(page.warnings))  # noqa: S704 (it escapes)


def _paragraphs(text: str) -> Markup:
    """Prose in which Markdown finds nothing: no library is loaded for it."""
    blocks = [block.strip("\n") for block in re.split(r"\n\n+", text)]
    html = "".join([f"<p>{block}</p>\n" for block in blocks if block])
    return Markup(html.replace('"', "&quot;"))  # noqa: S704 (nothing else is to be escaped)


@cache
def _parser() -> MarkdownIt:
    # Imported when there is Markdown to read, and only then: it takes a tenth of a cold build.
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = is_address  # type: ignore[method-assign]
    return markdown


def is_address(url: str) -> bool:
    """Whether an address may stand in a link or an image; `_Page` says which in which."""
    scheme = _scheme(url)
    return scheme in LINKS or scheme in ("", SCHEME) or IMAGE_DATA.match(url) is not None


def _scheme(url: str) -> str:
    """The scheme as browsers see it, who pass over spaces and control characters; "" without."""
    found = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", url.lower()))
    return found[1] if found else ""


@dataclass
class _Page:
    story_frame: StoryFrame
    shift: int
    anchors: set[str]
    warnings: list[str] = field(default_factory=list)

    def tokens(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """The tokens as they are to be rendered."""
        paragraph: Token | None = None
        for place, token in enumerate(tokens):
            if token.type == "paragraph_open":
                paragraph = token
            elif token.type == "paragraph_close":
                paragraph = None
            elif token.type == "inline" and paragraph is not None:
                yield from self._paragraph(paragraph, token, tokens[place + 1])
            else:
                self._settle(token)
                if token.type == "heading_open":
                    self._head(token, _plain(tokens[place + 1].children or []))
                elif token.type == "heading_close":
                    token.tag = self._level(token.tag)
                elif token.type == "inline":
                    token.children = list(self._inline(token.children or []))
                yield token

    def _paragraph(self, start: Token, inline: Token, end: Token) -> Iterator[Token]:
        """A paragraph, parted by the stories that are shown in it."""
        words: list[Token] = []
        for child in [*(inline.children or []), None]:
            if child is not None and (child.level or not _is_story(child)):
                words.append(child)
                continue
            while words and words[-1].type in ("softbreak", "hardbreak"):
                words.pop()
            if any(word.type not in ("softbreak", "hardbreak") for word in words):
                while words[0].type in ("softbreak", "hardbreak"):
                    words.pop(0)
                inline = inline.copy(children=list(self._inline(words)))
                yield from (start, inline, end)
            words = []
            if child is not None:
                yield _html(self._story(child))

    def _inline(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """The parts of a line of text, without the links and images that may not be."""
        dropped = 0
        for token in tokens:
            if token.type == "link_open" and _scheme(str(token.attrs["href"])) not in LINKS | {""}:
                dropped += 1
            elif token.type == "link_close" and dropped:
                dropped -= 1
            elif token.type == "image" and _is_story(token):
                path = _path(token)
                self._warn(f"story {path!r} is shown within a line; give it a paragraph of its own")
                yield _html(escape(token.content or path))
            elif token.type == "image" and not _is_picture(str(token.attrs["src"])):
                yield _html(escape(token.content))
            else:
                yield token

    def _story(self, image: Token) -> Markup:
        path = _path(image)
        label = _plain(image.children or []) or path
        frame = self.story_frame(path, label)
        if frame is not None:
            return frame
        warning = f"there is no story {path!r}; expected a path such as section/subject/story"
        self._warn(warning)
        return Markup('<p class="st-missing">{}</p>\n').format(f"{label}: {warning}")

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _head(self, token: Token, text: str) -> None:
        token.tag = self._level(token.tag)
        slug = slugify(text) or "section"
        anchor, number = slug, 2
        while anchor in self.anchors:
            anchor, number = f"{slug}-{number}", number + 1
        self.anchors.add(anchor)
        token.attrs["id"] = anchor

    def _level(self, tag: str) -> str:
        return f"h{min(int(tag[1:]) + self.shift, DEEPEST_HEADING)}"

    def _settle(self, token: Token) -> None:
        """Says in data what would else be an inline style, which the workshop's pages forbid."""
        style = token.attrs.pop("style", None)
        if style is not None:
            token.attrs["data-align"] = str(style).removeprefix("text-align:")


def _is_story(token: Token) -> bool:
    return token.type == "image" and _scheme(str(token.attrs["src"])) == SCHEME


def _is_picture(url: str) -> bool:
    return _scheme(url) in IMAGES | {""} or IMAGE_DATA.match(url) is not None


def _path(image: Token) -> str:
    """The path that an address means: it is percent-encoded by then."""
    from urllib.parse import unquote

    return unquote(str(image.attrs["src"]).partition(":")[2]).strip("/ ")


def _plain(tokens: Sequence[Token]) -> str:
    """The text of a line without its marks."""
    parts = [
        " "
        if token.type in ("softbreak", "hardbreak")
        else _plain(token.children or [])
        if token.type == "image"
        else token.content
        for token in tokens
    ]
    return "".join(parts).strip()


def _html(html: Markup) -> Token:
    from markdown_it.token import Token

    return Token("html_block", "", 0, content=html)
