"""A job that returns everything that the workshop shows besides stories, as one text."""

from pprint import pformat

from storytime.catalog.model import Story, walk
from storytime.catalog.tree_reader import make_site
from storytime.markup.accessibility import check_markup
from storytime.markup.formatter import format_html
from storytime.markup.parser import parse_markup
from storytime.project.package import locate
from storytime.render.component import render_story
from storytime.render.markdown import MarkdownPage, render_markdown
from storytime.render.parameters import Targets
from storytime.render.source_excerpts import SourceFiles
from storytime.render.static_files import find_static


def everything(location: str) -> str:
    package = locate(location)
    targets, files, static = Targets(), SourceFiles(package.base), find_static(package)
    shown: list[object] = [sorted(static.files), static.missing]
    for node in walk(make_site(location)):
        if isinstance(node, Story) and node.parent is not None:
            html = parse_markup(str(render_story(node)))
            page = MarkdownPage.parse(node.description or "", node.name)
            shown += [
                targets.describe(node.target, node.props),
                files.story_source(node),
                files.component_source(node.target),
                format_html(html),
                check_markup(html),
                page.title,
                render_markdown(page.body).html,
                static.resolve(html.text, node.parent.path, f"{node.path}/index.html"),
            ]
    return pformat(shown)
