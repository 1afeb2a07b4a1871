"""What a job parsed, or imported late, the next interpreters parse and import in advance."""

import logging

import pytest

from storytime import InterpreterRing
from storytime.build.template_cache import LONGEST
from storytime.errors import RaisedInInterpreter, StorytimeError
from storytime.ring.isolation import Kind

from .. import ring_jobs
from ..support import SMALL, Catalog, run_python

FORM, LIST = "<form title={}></form>", "<ol><li>{}</li></ol>"


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_template_of_one_job_is_parsed_before_the_later_jobs(
    isolation: Kind,
) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        first = ring.run(ring_jobs.render_counting, FORM, FORM)
        ring.run(ring_jobs.echo, 0)  # its standby was warm before the first job had ended
        later = [ring.run(ring_jobs.render_counting, FORM, LIST) for _ in range(3)]
    assert (first, later) == (1, [1, 0, 0]) or (first, later) == (1, [1, 1, 0])


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_template_of_a_failed_job_is_parsed_before_the_later_jobs(isolation: Kind) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        with pytest.raises(StorytimeError, match="after it was rendered"):
            ring.run(ring_jobs.raise_after_rendering, FORM)
        ring.run(ring_jobs.echo, 0)
        assert ring.run(ring_jobs.render_counting, FORM) == 0


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_broken_template_is_reported_by_each_job_and_not_logged(
    isolation: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), InterpreterRing(isolation=isolation) as ring:
        for _ in range(3):
            with pytest.raises(RaisedInInterpreter) as raised:
                ring.run(ring_jobs.render_broken)
            assert "template_cache.py" not in raised.value.traceback
            assert "tdom" in raised.value.traceback
    assert caplog.messages == []


def test_a_very_long_template_is_not_remembered() -> None:
    with InterpreterRing() as ring:
        for _ in range(3):
            assert ring.run(ring_jobs.render_counting, f"<p>{'x' * LONGEST}{{}}</p>") == 0


def test_the_markdown_library_is_imported_ahead_once_a_job_used_it() -> None:
    with InterpreterRing() as ring:
        assert not ring.run(ring_jobs.render_description, "no markup")
        assert not ring.run(ring_jobs.render_description, "some *markup*")
        ring.run(ring_jobs.echo, 0)  # its standby was warm before that job had ended
        assert ring.run(ring_jobs.render_description, "some *markup*")


# Each deletes one name from the real tdom. tdom itself finds it under another name, as in a release
# that renamed it.
WITHOUT = {
    "TemplateParser.track_source": """
from tdom.parser import TemplateParser
TemplateParser.renamed = TemplateParser.track_source
del TemplateParser.track_source
def feed_template(self, template):
    for content in self.renamed(template):
        self.feed(content)
TemplateParser.feed_template = feed_template
""",
    "CachedTemplateParserProxy": """
import tdom.processor
del tdom.processor.CachedTemplateParserProxy
""",
    "CachedTemplateParserProxy.to_ttree": """
from tdom import processor
from tdom.parser import TemplateParser
vars(processor._default_template_processor_api.parser_api)["to_ttree"] = TemplateParser.parse
for each in processor.CachedTemplateParserProxy.__mro__[:3]:
    del each.to_ttree
""",
}
BUILD = """
from pathlib import Path
import storytime
from storytime.build.template_cache import parse_ahead, parsed_so_far
from storytime.build.warm_up import warm_up
warm_up()
parse_ahead([["<p>", "</p>"]])
storytime.build_site("kit", Path("out"))
parsed_so_far()
"""


@pytest.mark.parametrize("name", WITHOUT)
def test_builds_go_on_without_an_internal_name_of_tdom(catalog: Catalog, name: str) -> None:
    catalog.write(SMALL)
    install = "import storytime\n"  # lets Python 3.13 find tdom; it loads nothing of it
    ended = run_python("-c", install + WITHOUT[name] + BUILD, cwd=catalog.base)
    assert ended.returncode == 0, ended.stderr
    frame = catalog.base / "out/forms/button/refusal/frame.html"
    assert "<button>No</button>" in frame.read_text()
