"""Documents of stories that a server keeps for frames."""

from storytime.server.story_documents import MOST, StoryDocuments, asked_state, with_events

FILE = "a/b/frame.html"


def test_query_leads_to_the_document_that_was_kept_for_the_file() -> None:
    documents = StoryDocuments()
    query = documents.remember(FILE, "<p>→</p>")
    state = asked_state(query.removeprefix("?").encode())
    assert state
    assert documents.get(FILE, state) == "<p>→</p>".encode()
    assert documents.get("a/c/frame.html", state) is None


def test_newest_documents_are_kept() -> None:
    documents = StoryDocuments()
    queries = [documents.remember(FILE, str(number)) for number in range(MOST)]
    assert documents.remember(FILE, "0") == queries[0]  # which makes it the newest
    documents.remember(FILE, "more")
    kept = [documents.get(FILE, query.partition("=")[2]) for query in queries]
    assert kept[:3] == [b"0", None, b"2"]
    assert kept.count(None) == 1


def test_only_a_query_with_a_state_names_one() -> None:
    assert asked_state(b"a=1&st-state=ab12") == "ab12"
    assert asked_state(b"st-state=") == ""
    assert asked_state(b"") is None
    assert asked_state(b"st-state=../x") is None


def test_script_that_lists_events_comes_right_after_the_frame_s() -> None:
    own = b'<html><script src="../../frame.js"></script><script src="../../frame.js"></script>'
    assert with_events(own) == own.replace(
        b"</script>", b'</script><script src="../../ws/events.js"></script>', 1
    )
    assert with_events(b"<p>No script</p>") == b"<p>No script</p>"
