"""Renders descriptions and pages in Markdown: CommonMark with tables and ~~strikethrough~~.

HTML in the text is shown as text, and so are links with other schemes than those below: the result
can stand in the workshop's own page.

A story is shown by an image whose address is its path, in a paragraph or list item of its own:

    ![Primary button](story:forms/button/primary)

Other Markdown renderers show its label. A link with such an address leads to the story's page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markupsafe import Markup, escape

from ..catalog.model import readable, slugify, unique
from ..markup.parser import names
from ..ring.text import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

type Adapt = Callable[[Sequence[Token], Sequence[str]], Iterable[Token]]
type StoryFrame = Callable[[str, str], Markup | None]
"""Called with a story's path and the label. Returns the frame, or None if there is no story."""

MARKDOWN = ".md"
SCHEME = "story"
LINKS = names("http https mailto tel")
IMAGES = names("http https")
IMAGE_DATA = re.compile(r"data:image/(?:avif|gif|jpeg|png|svg\+xml|webp)[;,]", re.IGNORECASE)
ADDRESSES = {"href", "src"}
BREAKS = ("softbreak", "hardbreak")

FRONT_MATTER = re.compile(
    r"(?P<fence>---|\+\+\+)[ \t]*\n"
    r"(?P<data>(?:[ \t]*(?:#.*)?\n)*(?:[\w\"'-]+[ \t]*[:=](?s:.*?)\n)?)"
    r"(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)"
)
"""YAML or TOML at the top of a file: between two fences, beginning with a key. Anything else is
text below a thematic break."""

_TITLE = re.compile(
    r"^[\"']?title[\"']?[ \t]*[:=][ \t]*"
    r"(?:\"(?P<escaped>(?:\\.|[^\"\\\n])*)\"|'(?P<quoted>[^'\n]*)'"
    r"|(?P<plain>[^\s>|#].*?)?[ \t]*(?:[ \t]#.*)?$)",
    re.MULTILINE,
)

_MARKED = re.compile(
    r"[\\`*_\[\]<>&#|~\x00-\x09\x0b-\x1f\x7f]|[^\S \n]|^[-+=:\d ]| $", re.MULTILINE
)
"""Matches all text that Markdown may read as more than prose."""


@dataclass(frozen=True)
class RenderedMarkdown:
    """HTML for a page, and what its author has to mend (the page shows that, too)."""

    html: Markup
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkdownPage:
    """A Markdown file of a catalog.

    `title` is that of its front matter, its first `# heading`, or its readable name. `body` is the
    text without front matter, and without the title's heading if the text begins with it.
    """

    name: str
    title: str
    body: str

    @classmethod
    def parse(cls, text: str, name: str) -> MarkdownPage:
        """Read a file's text; `name` is the file's, without its extension."""
        text = printable(text)
        front = FRONT_MATTER.match(text)
        title = _title_in(front["data"]) if front else ""
        body = text = text[front.end() :] if front else text
        for index, token in enumerate(tokens := parser().parse(text)):
            if token.type == "heading_open" and token.tag == "h1" and not token.level:
                heading = _plain(tokens[index + 1].children)
                title = title or heading
                if not index and token.map is not None and heading in ("", title):
                    body = "\n".join(re.split("\r\n?|\n", text)[token.map[1] :])
                break
        return cls(name, title or readable(name), body)


def _title_in(front_matter: str) -> str:
    """Return the title that a line of the front matter gives, or ""."""
    found = _TITLE.search(front_matter)
    if not found:
        return ""
    escaped = re.sub(r"\\(.)", r"\1", found["escaped"] or "")
    return (escaped or found["quoted"] or found["plain"] or "").strip()


def render_markdown(
    text: str,
    story_frame: StoryFrame | None = None,
    resolve: Callable[[str], str] = str,
    *,
    shift: int = 1,
    anchors: set[str] | None = None,
    adapt: Adapt | None = None,
) -> RenderedMarkdown:
    """Render a text. "# A" becomes a heading of level 1 + `shift`, or 2: a page has its own h1.

    Headings get ids made of their text; `anchors` are the ids that the page already has, and get
    these added. Without `story_frame` no story is known. `resolve` returns the address to write for
    one without a scheme, or a link to a story. `adapt` is called with what the parser returned and
    the text's lines, and returns what is to be rendered.
    """
    text = printable(text)
    if not _MARKED.search(text):
        return RenderedMarkdown(_paragraphs(text))
    markdown = parser()
    taken = set() if anchors is None else anchors
    parsed = markdown.parse(text)
    if adapt:
        parsed = list(adapt(parsed, re.split("\r\n?|\n", text)))
    shift = max(shift, any(token.tag == "h1" for token in parsed))
    page = _Page(story_frame or (lambda path, label: None), resolve, shift, taken)
    tokens = list(page.tokens(parsed))
    rendered = markdown.renderer.render(tokens, markdown.options, {})
    return RenderedMarkdown(Markup(rendered), tuple(page.warnings))  # noqa: S704 (it escapes)


def _paragraphs(text: str) -> Markup:
    """Render prose without any Markdown, for which the library isn't imported."""
    blocks = [block.strip("\n") for block in re.split(r"\n\n+", text)]
    html = "".join([f"<p>{block}</p>\n" for block in blocks if block])
    return Markup(html.replace('"', "&quot;"))  # noqa: S704 (nothing else needs escaping)


@cache
def parser() -> MarkdownIt:
    """Return the parser."""
    # Imported only if there is Markdown: the import takes a tenth of a cold build.
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = is_address  # type: ignore[method-assign]
    return markdown


def uses_parser() -> bool:
    """Return True if there was Markdown, so that the library is imported."""
    return parser.cache_info().currsize > 0


def is_address(url: str) -> bool:
    """Return True if an address may stand in a link or an image; `_Page` decides in which."""
    return _scheme(url) in LINKS | {SCHEME} or _is_picture(url)


def _scheme(url: str) -> str:
    """Return the scheme, or "". Like browsers this ignores spaces and control characters."""
    found = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", url.lower()))
    return found[1] if found else ""


@dataclass
class _Page:
    story_frame: StoryFrame
    resolve: Callable[[str], str]
    shift: int
    anchors: set[str]
    warnings: dict[str, None] = field(default_factory=dict)

    def tokens(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Yield the tokens to render."""
        for index, token in enumerate(tokens):
            if token.type == "paragraph_open":
                yield from self._paragraph(*tokens[index : index + 3])
            elif token.type != "paragraph_close" and tokens[index - 1].type != "paragraph_open":
                self._adapt(token, tokens[index + 1 :])
                yield token

    def _adapt(self, token: Token, following: Sequence[Token]) -> None:
        if style := token.attrs.pop("style", None):  # which the workshop's pages don't allow
            token.attrs["data-align"] = str(style).removeprefix("text-align:")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + self.shift, 6)}"
        if token.type == "heading_open":
            slug = slugify(_plain(following[0].children))
            token.attrs["id"] = unique(slug or "section", self.anchors)
        elif token.type == "inline":
            token.children = list(self._inline(token.children or []))

    def _paragraph(self, start: Token, inline: Token, end: Token) -> Iterator[Token]:
        """Yield a paragraph, split at the stories that are shown in it."""
        for is_shown, group in groupby(inline.children or (), _is_shown):
            words = list(group)
            if is_shown:
                yield from (html_token(each, self._story(each)) for each in words)
                continue
            while words and words[-1].type in BREAKS:
                words.pop()
            while words and words[0].type in BREAKS:
                words.pop(0)
            if words:
                yield from (start, inline.copy(children=list(self._inline(words))), end)

    def _inline(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Yield the parts of a line, without links and images that aren't allowed."""
        dropped = 0
        for token in tokens:
            if _is_story(token):
                path = _path(token)
                warning = f"story {path!r} is shown within a line; give it a paragraph of its own"
                self.warnings[warning] = None
                yield html_token(token, escape(token.content or path))
                continue
            for name in ADDRESSES & token.attrs.keys():
                if _scheme(address := str(token.attrs[name])) in ("", SCHEME):
                    token.attrs[name] = self.resolve(address)
            if token.type == "link_close" and dropped:
                dropped -= 1
            elif self._is_left_out(token):
                dropped += token.type == "link_open"
                yield html_token(token, escape(token.content))
            else:
                yield token

    def _is_left_out(self, token: Token) -> bool:
        """Return True, and warn, for a link or an image whose address isn't allowed there."""
        address = str(token.attrs.get("href") or token.attrs.get("src") or "")
        if token.type == "image":
            is_allowed = _is_picture(address)
        else:
            is_allowed = _scheme(address) in LINKS | {""}
        if not is_allowed:
            warning = f"{address[:80]} is left out; expected a path, http, https, mailto or tel"
            self.warnings[warning] = None
        return not is_allowed

    def _story(self, image: Token) -> Markup:
        path = _path(image)
        label = _plain(image.children) or path
        frame = self.story_frame(path, label)
        if frame is not None:
            return frame
        warning = f"there is no story {path!r}; expected a path such as section/subject/story"
        self.warnings[warning] = None
        return Markup('<p class="st-missing">{}</p>\n').format(f"{label}: {warning}")


def _is_story(token: Token) -> bool:
    return token.type == "image" and _scheme(str(token.attrs["src"])) == SCHEME


def _is_shown(token: Token) -> bool:
    return not token.level and _is_story(token)


def _is_picture(url: str) -> bool:
    return _scheme(url) in IMAGES | {""} or IMAGE_DATA.match(url) is not None


def _path(image: Token) -> str:
    """Return the path in an address, which the parser has percent-encoded."""
    return unquote(str(image.attrs["src"]).partition(":")[2]).strip("/ ")


def _plain(tokens: Sequence[Token] | None) -> str:
    """Return the text of a line without its marks."""
    parts = [
        " " if each.type in BREAKS else _plain(each.children) if each.children else each.content
        for each in tokens or ()
    ]
    return "".join(parts).strip()


def html_token(token: Token, html: Markup) -> Token:
    return token.copy(type="html_block", content=html)
