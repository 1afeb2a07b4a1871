"""The output folder: what is written, what is removed, and what is never touched."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from socket import AF_UNIX, socket
from stat import S_IFCHR
from tempfile import TemporaryDirectory
from threading import Event, Thread, get_native_id
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import (
    binary,
    booleans,
    dictionaries,
    floats,
    integers,
    lists,
    none,
    recursive,
    sampled_from,
    text,
)

from storytime import BuildFailure, StorytimeError
from storytime.build.changes import BuildChanges
from storytime.build.incremental import last_catalog
from storytime.build.manifest import (
    FORMAT,
    MANIFEST,
    OWN_FOLDER,
    PARTIAL,
    UNWRITTEN,
    Manifest,
    Partial,
    digest_of,
    to_json,
)
from storytime.build.ownership import check_usable
from storytime.build.part_index import PARTS, Parts
from storytime.build.writer import restore_manifest, write_catalog

from ..support import contents, run_python, stamps, write

PAGES = {"index.html": b"site", "a/index.html": b"a", "a/b/index.html": b"b", "style.css": b"css"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def put(out: Path, pages: Mapping[str, bytes] = PAGES) -> BuildChanges:
    return write_catalog(out, pages, ["kit/stories.py"], [])


def pages_in(out: Path) -> dict[str, bytes]:
    return {path: data for path, data in contents(out).items() if path != MANIFEST}


# Written, unchanged, removed.


def test_a_folder_is_made_with_all_pages_and_the_manifest(out: Path) -> None:
    written = put(out / "deep/er")
    assert pages_in(out / "deep/er") == PAGES
    assert sorted(written.changed) == sorted(PAGES)
    assert written.removed == {}


def test_the_manifest_says_what_was_built_from_what(out: Path) -> None:
    failure = BuildFailure("a", "E: \ud800", "trace", "a.py", 3, ("space:card",), ("x.json",))
    written = write_catalog(out, PAGES, ["kit/a.py"], [failure])
    manifest = Manifest.read(out)
    assert manifest is not None
    assert manifest.build == written.build
    assert manifest.pages.keys() == PAGES.keys()
    assert manifest.sources == ["kit/a.py"]
    assert manifest.failures == [failure]
    data = json.loads((out / MANIFEST).read_bytes())
    assert (data["generator"], data["format"]) == ("storytime", FORMAT)


def test_the_same_pages_again_touch_nothing(out: Path) -> None:
    first = put(out)
    before = stamps(out)
    again = put(out)
    assert stamps(out) == before
    assert again == BuildChanges(first.build, changed=[], failures=[])
    assert first.digests == {path: digest_of(data) for path, data in PAGES.items()}


def test_only_pages_that_changed_are_touched(out: Path) -> None:
    put(out)
    before = stamps(out)
    written = put(out, {**PAGES, "a/index.html": b"A"})
    assert written.changed == ["a/index.html"]
    changed = {path for path, stamp in stamps(out).items() if before[path] != stamp}
    files = {path for path in changed if (out / path).is_file()}
    assert files == {"a/index.html", MANIFEST}
    assert (out / "a/index.html").read_bytes() == b"A"


def test_the_build_id_tells_the_content(out: Path) -> None:
    first = put(out).build
    second = put(out, {**PAGES, "a/index.html": b"A"}).build
    assert first != second
    assert put(out).build == first


def test_the_manifest_follows_where_no_page_changed(out: Path) -> None:
    put(out)
    failure = BuildFailure("a", "E: x")
    write_catalog(out, PAGES, ["kit/other.py"], [failure])
    manifest = Manifest.read(out)
    assert manifest is not None
    assert (manifest.sources, manifest.failures) == (["kit/other.py"], [failure])


@pytest.mark.parametrize("lost", [b"other", None], ids=["changed", "removed"])
def test_a_page_that_somebody_changed_or_removed_is_put_back(out: Path, lost: bytes | None) -> None:
    put(out)
    if lost is None:
        (out / "a/index.html").unlink()
    else:
        (out / "a/index.html").write_bytes(lost)
    assert put(out).changed == ["a/index.html"]
    assert pages_in(out) == PAGES
    assert put(out).changed == []


def test_stale_pages_are_removed_with_their_empty_folders(out: Path) -> None:
    put(out)
    written = put(out, {"index.html": b"site"})
    assert sorted(written.removed) == ["a/b/index.html", "a/index.html", "style.css"]
    assert sorted(path.name for path in out.iterdir()) == [OWN_FOLDER, "index.html"]


def test_other_peoples_files_in_our_folder_are_never_touched(out: Path) -> None:
    put(out)
    theirs = {"CNAME": b"x", "a/notes.txt": b"y", "a/b/c/d.txt": b"z", ".nojekyll": b""}
    write(out, theirs)
    (out / "theirs").mkdir()
    put(out, {"index.html": b"new"})
    assert pages_in(out) == {"index.html": b"new", **theirs}
    assert (out / "theirs").is_dir()


def test_a_page_may_be_there_already_with_the_same_bytes(out: Path) -> None:
    put(out, {"index.html": b"site"})
    write(out, {"a/index.html": b"a"})
    put(out)
    assert pages_in(out) == PAGES


NAMES = sampled_from(["index.html", "a/index.html", "a/b/index.html", "c/index.html", "x.css"])
THEIRS = {"a/theirs.txt": b"x", "CNAME": b"y"}


@given(lists(dictionaries(NAMES, binary(max_size=2), min_size=1), min_size=1, max_size=5))
@settings(max_examples=40)
def test_a_folder_after_any_builds_equals_a_new_one(
    builds: list[dict[str, bytes]],
) -> None:
    with TemporaryDirectory() as folder:
        out, clean = Path(folder, "out"), Path(folder, "clean")
        put(out, {})
        write(out, THEIRS)
        for pages in builds:
            put(out, pages)
        put(clean, builds[-1])
        assert contents(out) == contents(clean) | THEIRS
        before = stamps(out)
        assert put(out, builds[-1]).changed == []
        assert stamps(out) == before


# Folders that are not ours.


def linked_manifest(out: Path, tmp_path: Path) -> None:
    put(tmp_path / "ours")
    (out / OWN_FOLDER).mkdir(parents=True)
    (out / MANIFEST).symlink_to(tmp_path / "ours" / MANIFEST)


def linked_own_folder(out: Path, tmp_path: Path) -> None:
    put(tmp_path / "ours")
    out.mkdir()
    (out / OWN_FOLDER).symlink_to(tmp_path / "ours" / OWN_FOLDER)


def linked_empty_folder(out: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    out.mkdir()
    (out / OWN_FOLDER).symlink_to(tmp_path / "empty")


def holding(files: Mapping[str, str | bytes]) -> Callable[[Path, Path], None]:
    return lambda out, _: void(write(out, files))


def void(_: object) -> None: ...


def manifest(**changes: object) -> Callable[[Path, Path], None]:
    data = {
        "generator": "storytime",
        "format": FORMAT,
        "build": "x",
        "pages": {"index.html": ""},
        "sources": [],
        "failures": [],
    }
    data.update(changes)
    whole = {key: value for key, value in data.items() if value is not ...}
    return holding({MANIFEST: json.dumps(whole), "index.html": "theirs", "x": "theirs"})


def broken_link(out: Path, _: Path) -> None:
    out.mkdir()
    (out / "x").symlink_to("nowhere")


FOREIGN: dict[str, Callable[[Path, Path], None]] = {
    "a file": holding({"notes.txt": "x"}),
    "a hidden file": holding({".hidden": ""}),
    "a broken link": broken_link,
    "a .storytime file": holding({OWN_FOLDER: "x"}),
    "somebody's .storytime folder": holding({f"{OWN_FOLDER}/settings.toml": ""}),
    "an empty manifest": holding({MANIFEST: ""}),
    "a manifest cut off": holding({MANIFEST: '{"generator": "storytime"'}),
    "a manifest that is no JSON": holding({MANIFEST: b"\xff\x00"}),
    "a manifest that is a list": holding({MANIFEST: "[]"}),
    "a manifest that is text": holding({MANIFEST: '"storytime"'}),
    "an endless manifest": holding({MANIFEST: "[" * 200_000}),
    "a manifest that is a folder": holding({f"{MANIFEST}/x": ""}),
    "a web app's manifest": holding({MANIFEST: '{"name": "app", "icons": []}'}),
    "another generator's manifest": manifest(generator="other"),
    "a manifest without pages": manifest(pages=...),
    "a manifest whose pages are a list": manifest(pages=["index.html"]),
    "a manifest whose pages are text": manifest(pages="index.html"),
    "a manifest whose pages are null": manifest(pages=None),
    "a manifest without a build": manifest(build=...),
    "a manifest with odd failures": manifest(failures=[{"x": 1}]),
    "a manifest with odd sources": manifest(sources=None),
    "pages above the folder": manifest(pages={"../../x": ""}),
    "pages elsewhere": manifest(pages={"/etc/passwd": ""}),
    "pages above, by way of a folder": manifest(pages={"a/../../x": ""}),
    "the folder itself as a page": manifest(pages={".": ""}),
    "a nameless page": manifest(pages={"": ""}),
    "another format's pages above": manifest(format=99, pages={"../x": ""}),
    "a link to another's manifest": linked_manifest,
    "a link to another's .storytime": linked_own_folder,
    "a link to an empty folder as .storytime": linked_empty_folder,
}


@pytest.mark.parametrize("fill", FOREIGN.values(), ids=FOREIGN)
def test_a_folder_that_is_not_ours_is_refused_and_left_as_it_was(
    out: Path, tmp_path: Path, fill: Callable[[Path, Path], None]
) -> None:
    fill(out, tmp_path)
    before = stamps(tmp_path), contents(tmp_path)
    for refuse in (check_usable, put):
        with pytest.raises(StorytimeError, match="out holds files that Storytime did not write"):
            refuse(out)
    assert (stamps(tmp_path), contents(tmp_path)) == before


def test_a_file_in_the_folders_place_is_refused(out: Path) -> None:
    out.write_text("x")
    with pytest.raises(StorytimeError, match="out is a file; expected a folder"):
        put(out)
    assert out.read_text() == "x"


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda out: None, lambda out: (out / "a/b").mkdir(parents=True)],
    ids=["empty", "missing", "only folders"],
)
def test_an_empty_folder_and_none_are_usable(out: Path, make: Callable[[Path], None]) -> None:
    make(out)
    assert check_usable(out) is None
    assert not (out / OWN_FOLDER).exists()


def test_a_link_to_an_empty_folder_is_usable(out: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    out.symlink_to(tmp_path / "target")
    put(out)
    assert pages_in(tmp_path / "target") == PAGES
    assert out.is_symlink()


def test_the_folder_of_another_version_is_taken_over(out: Path) -> None:
    put(out)
    data = json.loads((out / MANIFEST).read_bytes())
    data["format"] = 99
    data["digests"] = data["pages"]
    (out / MANIFEST).write_text(json.dumps(data))
    put(out, {"index.html": b"site"})
    assert pages_in(out) == {"index.html": b"site"}


def test_the_folder_of_format_2_is_taken_over(out: Path) -> None:
    """Failures of format 2 have no `missing_imports` and `missing_files`."""
    manifest = """{"generator": "storytime",
"format": 2,
"build": "a96f2f3f0b2ff4ab1d0e1e9d1d6f2b0c",
"pages": {"gone/index.html": "5e1f0c8a9e0f4b7d8a6b5c4d3e2f1a0b",
"index.html": "0c7e9d2b4a6f8e1d3c5b7a9f0e2d4c6b"},
"sources": ["kit/stories.py"],
"failures": [{"path": "gone", "message": "E: x", "traceback": "trace", "file": "a.py", "line": 3}]}
"""
    partial = """{"generator": "storytime",
"format": 2,
"build": "b96f2f3f0b2ff4ab1d0e1e9d1d6f2b0c",
"whole": "a96f2f3f0b2ff4ab1d0e1e9d1d6f2b0c",
"since": 1795000000.5,
"pages": {"index.html": "1c7e9d2b4a6f8e1d3c5b7a9f0e2d4c6b"},
"parts": {"gone": ["kit/stories.py"]}}
"""
    write(out, {MANIFEST: manifest, PARTIAL: partial, "gone/index.html": "x", "index.html": "old"})
    write(out, {"theirs.txt": "x"})
    put(out)
    assert pages_in(out) == {**PAGES, "theirs.txt": b"x"}


def test_a_folder_in_a_pages_place_is_refused(out: Path) -> None:
    put(out)
    (out / "a/index.html").unlink()
    write(out, {"a/index.html/x": b"theirs"})
    with pytest.raises(StorytimeError, match=r"a/index\.html is in the way"):
        put(out, {**PAGES, "index.html": b"new"})
    assert (out / "index.html").read_bytes() == b"site"


@pytest.mark.parametrize(
    ("theirs", "place"),
    [
        ({"new/index.html": "theirs"}, "new/index.html"),
        ({"new": "theirs"}, "new"),
        ({"new/index.html/x": "theirs"}, "new/index.html"),
    ],
    ids=["page", "folder", "folder as page"],
)
def test_a_new_page_never_replaces_other_peoples_files(
    out: Path, theirs: Mapping[str, str], place: str
) -> None:
    put(out)
    write(out, theirs)
    before = stamps(out), contents(out)
    with pytest.raises(StorytimeError, match=f"{out / place} is in the way"):
        put(out, {**PAGES, "index.html": b"new", "new/index.html": b"new"})
    assert (stamps(out), contents(out)) == before


# Links in our folder.


def link(place: Path, target: Path) -> None:
    """Move a file or folder to `target` and leave a link to it."""
    place.rename(target)
    place.symlink_to(target)


@pytest.mark.parametrize("linked", ["a", "a/b"])
def test_nothing_is_written_through_a_link(out: Path, tmp_path: Path, linked: str) -> None:
    put(out)
    link(out / linked, tmp_path / "elsewhere")
    before = contents(tmp_path)
    with pytest.raises(StorytimeError, match=f"{linked} is in the way"):
        put(out, {**PAGES, "a/b/index.html": b"new"})
    assert contents(tmp_path) == before


def test_nothing_is_removed_through_a_link(out: Path, tmp_path: Path) -> None:
    put(out)
    link(out / "a", tmp_path / "elsewhere")
    put(out, {"index.html": b"site"})
    assert contents(tmp_path / "elsewhere") == {"index.html": b"a", "b/index.html": b"b"}
    assert (out / "a").is_symlink()


def test_a_link_in_a_pages_place_is_replaced_and_not_followed(out: Path, tmp_path: Path) -> None:
    put(out)
    link(out / "index.html", tmp_path / "elsewhere")
    put(out, {**PAGES, "index.html": b"new"})
    assert (tmp_path / "elsewhere").read_bytes() == b"site"
    assert pages_in(out)["index.html"] == b"new"


def test_a_folder_that_somebody_put_in_a_stale_pages_place_stays(out: Path) -> None:
    put(out)
    (out / "a/index.html").unlink()
    write(out, {"a/index.html/x.txt": b"theirs"})
    put(out, {"index.html": b"site"})
    assert pages_in(out) == {"index.html": b"site", "a/index.html/x.txt": b"theirs"}


def contents_of(place: Path) -> dict[str, bytes]:
    """Return the content of a file, or of all files in a folder."""
    return contents(place) if place.is_dir() else {"": place.read_bytes()}


CALLS = ("open", "mkdir", "replace", "unlink", "rmdir", "stat", "lstat", "listdir")
SWAPPED = {
    "a": ["index.html", "b/index.html", "new/index.html"],
    "a/b": ["index.html"],
    OWN_FOLDER: ["manifest.json", "partial.json", "writing-99999999-1"],
    "a/index.html": [""],
    MANIFEST: [""],
}


@pytest.mark.parametrize("place", SWAPPED)
def test_link_put_in_place_at_any_system_call_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    new = {"index.html": b"new", "a/index.html": b"A", "a/new/index.html": b"N"}
    calls, was_reached = 0, True
    while was_reached:
        calls, left, was_reached = calls + 1, calls + 1, False
        out, theirs = tmp_path / f"{calls}/out", tmp_path / f"{calls}/theirs"
        put(out)
        for path in SWAPPED[place]:
            write(theirs.parent, {os.path.normpath(f"theirs/{path}"): b"theirs"})
        before = contents_of(theirs)

        def swap(out: Path = out, theirs: Path = theirs) -> None:
            nonlocal left, was_reached
            left -= 1
            if not left:
                was_reached = True
                (out / place).rename(out.parent / "moved")
                (out / place).symlink_to(theirs)

        def patched(call: Callable[..., Any], swap: Callable[[], None] = swap) -> Any:
            def swap_and_call(*arguments: Any, **options: Any) -> Any:
                swap()
                return call(*arguments, **options)

            return swap_and_call

        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, patched(getattr(os, name)))
            with suppress(StorytimeError):
                put(out, new)
        assert contents_of(theirs) == before, calls
    assert calls > 20


@pytest.mark.parametrize("name", ["writing-{pid}-{thread}", "writing-{pid}-" + 16 * "0"])
def test_link_under_the_name_of_a_temporary_file_is_not_followed(
    out: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put(out)
    theirs = out.with_name("theirs")
    theirs.write_bytes(b"theirs")
    monkeypatch.setattr(os, "urandom", bytes)
    name = name.format(pid=os.getpid(), thread=get_native_id())
    (out / OWN_FOLDER / name).symlink_to(theirs)
    with suppress(StorytimeError):
        put(out, NEW)
    assert theirs.read_bytes() == b"theirs"
    assert (out / "index.html").read_bytes() in (b"site", b"SITE")


# Pipes, sockets and devices.


def bind(place: Path) -> None:
    with closing(socket(AF_UNIX)) as bound:
        bound.bind(os.path.relpath(place))  # a socket's path may have 107 characters


def make_device(place: Path) -> None:
    try:
        os.mknod(place, S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root can make a device")


SPECIAL: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "socket": bind,
    "device": make_device,
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_special_file_in_a_pages_place_is_replaced(
    out: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    pages = {**PAGES, "a/empty.css": b""}
    put(out, pages)
    monkeypatch.chdir(out)
    for page in ("a/index.html", "a/empty.css"):
        (out / page).unlink()
        make(out / page)
    put(out, pages)
    assert pages_in(out) == pages


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_special_file_in_a_new_pages_place_is_refused(
    out: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    put(out)
    monkeypatch.chdir(out)
    make(out / "new.css")
    with pytest.raises(StorytimeError, match=r"out/new\.css is in the way"):
        put(out, {**PAGES, "new.css": b""})
    assert not (out / "new.css").is_file()


# Where it can't be written.


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("file/out", "Not a directory"),
        ("/proc/out", "No such file or directory"),
        ("x" * 300, "File name too long"),
    ],
    ids=["below a file", "read-only", "too long"],
)
def test_a_place_that_can_not_be_written_is_one_line(
    tmp_path: Path, place: str, cause: str
) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / place
    with pytest.raises(StorytimeError) as raised:
        put(out)
    start = f"can't write the catalog to {out}: {cause} ({out}"
    assert raised.value.message.startswith(start)
    assert "\n" not in raised.value.message
    assert raised.value.exit_code == 1


def test_a_disk_that_is_full_is_one_line_and_the_next_build_completes(out: Path) -> None:
    put(out)
    code = (
        "import resource\nfrom pathlib import Path\n"
        "from storytime.build.writer import write_catalog\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000))\n"
        "write_catalog(Path('out'), {'index.html': b'new', 'a/index.html': b'x' * 5_000}, [], [])"
    )
    ended = run_python("-c", code, cwd=out.parent)
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("storytime.errors")]
    assert line.endswith(
        "StorytimeError: can't write the catalog to out: File too large (out/a/index.html)"
    )
    assert (out / "a/index.html").read_bytes() == b"a"
    put(out)
    assert pages_in(out) == PAGES


# Manifests that were damaged after this process read them.


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda file: file.write_bytes(b"{"),
        lambda file: file.write_bytes(
            json.dumps({**json.loads(file.read_bytes()), "pages": {}}).encode()
        ),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["removed", "damaged", "without pages", "an empty folder"],
)
def test_restored_manifest_lists_the_pages_that_are_still_as_known(
    out: Path, damage: Callable[[Path], object]
) -> None:
    known = put(out).digests
    damage(out / MANIFEST)
    (out / "style.css").write_text("theirs")
    (out / "a/index.html").unlink()
    assert restore_manifest(out, known)
    restored = Manifest.read(out)
    assert restored is not None
    assert restored.pages == {path: known[path] for path in ("index.html", "a/b/index.html")}
    assert not restore_manifest(out, known)
    with pytest.raises(StorytimeError, match=r"style\.css is in the way"):
        put(out)
    (out / "style.css").unlink()
    put(out)
    assert pages_in(out) == PAGES


def test_other_peoples_folder_in_the_manifests_place_is_named(out: Path) -> None:
    known = put(out).digests
    (out / MANIFEST).unlink()
    write(out, {f"{MANIFEST}/theirs.txt": "x"})
    with pytest.raises(StorytimeError, match=r"not empty \(.*manifest\.json\)$"):
        restore_manifest(out, known)
    assert (out / MANIFEST / "theirs.txt").read_text() == "x"


# Forged files of Storytime's own.

ODD_NAMES = [
    *("index.html", "a/index.html", "a\0b", "\ud800", "\udc80", "x" * 300, "x/" * 3000 + "x"),
    *(
        ".storytime/manifest.json",
        ".Storytime/x",
        "../outside",
        "/etc/x",
        "",
        ".",
        "a//b",
        "..",
        "*",
    ),
]
VALUES = recursive(
    none() | booleans() | integers() | floats() | text() | sampled_from(ODD_NAMES),
    lambda values: lists(values) | dictionaries(text() | sampled_from(ODD_NAMES), values),
    max_leaves=8,
)
FIELDS = ["build", "pages", "sources", "lookups", "failures", "format", "whole", "since", "parts"]
FIELDS += ["files", "together", "uses_site", "tree", "findings", "documents", "generator"]


@settings(max_examples=300)
@given(
    file=sampled_from([MANIFEST, PARTIAL, PARTS]),
    changes=dictionaries(
        sampled_from(FIELDS), VALUES | dictionaries(sampled_from(ODD_NAMES), text())
    ),
    raw=none() | binary(),
)
def test_whatever_the_own_files_hold_a_build_is_good_or_refused(
    file: str, changes: Mapping[str, object], raw: bytes | None
) -> None:
    with TemporaryDirectory() as folder:
        out = write(Path(folder), {"outside": b"outside"}) / "out"
        built = put(out)
        write(out, {PARTIAL: to_json(Partial(built.build, built.build, 0.0))})
        write(out, {PARTS: to_json(Parts(built.build, {}, [], False, {}, {}, {}))})
        forged = {**json.loads((out / file).read_bytes()), **changes}
        (out / file).write_bytes(json.dumps(forged).encode() if raw is None else raw)
        Parts.read(out)
        last_catalog(out)
        try:
            put(out, NEW)
        except StorytimeError as error:
            assert "\n" not in error.message
            assert {page: (out / page).read_bytes() for page in PAGES} == PAGES
        else:
            assert pages_in(out).items() >= NEW.items()
        assert (Path(folder) / "outside").read_bytes() == b"outside"


@pytest.mark.parametrize("file", [MANIFEST, PARTIAL, PARTS])
def test_a_pipe_in_the_place_of_an_own_file_is_not_read(out: Path, file: str) -> None:
    put(out)
    (out / file).unlink(missing_ok=True)
    os.mkfifo(out / file)
    with suppress(StorytimeError):
        put(out, NEW)
    assert Parts.read(out) is None


# Killed, and read while it is written.

KILLED = """
import os, signal, sys
from pathlib import Path
from storytime.build.writer import write_catalog

point, moment = sys.argv[1], int(sys.argv[2])

def kill_at_the_moment(event, args):
    global moment
    if event == point and str(args[0]).startswith("writing-"):
        moment -= 1
        if not moment:
            os.kill(os.getpid(), signal.SIGKILL)

new = {"index.html": b"SITE", "a/index.html": b"A", "c/index.html": b"C"}
sys.addaudithook(kill_at_the_moment)
write_catalog(Path("out"), new, [], [])
"""
NEW = {"index.html": b"SITE", "a/index.html": b"A", "c/index.html": b"C"}


@pytest.mark.parametrize("after", [PAGES, NEW], ids=["back", "forth"])
@pytest.mark.parametrize("before", [None, PAGES], ids=["first", "second"])
@pytest.mark.parametrize(
    ("point", "moment"),
    [("open", 1), ("open", 3), ("os.rename", 1), ("os.rename", 2), ("os.rename", 4)],
    ids=str,
)
def test_a_build_after_one_that_was_killed_completes_the_folder(
    out: Path,
    point: str,
    moment: int,
    before: Mapping[str, bytes] | None,
    after: Mapping[str, bytes],
) -> None:
    earlier = put(out, before).build if before is not None else None
    killed = run_python("-c", KILLED, point, str(moment), cwd=out.parent)
    assert killed.returncode == -signal.SIGKILL
    left = Manifest.read(out)
    assert left is None or left.build == UNWRITTEN or left.build == earlier
    for leftover in (out / OWN_FOLDER).glob("writing-*"):
        os.utime(leftover, (2**32, 2**32))  # the clock was set back since
    put(out, after)
    put(out.with_name("clean"), after)
    assert contents(out) == contents(out.with_name("clean"))


def test_what_a_killed_first_build_leaves_is_taken_over(
    out: Path,
) -> None:
    write(out, {f"{OWN_FOLDER}/writing-1": b"half", "theirs.txt": b"x"})
    with pytest.raises(StorytimeError):
        check_usable(out)


def test_what_another_process_has_just_begun_to_write_is_no_foreign_file(out: Path) -> None:
    ended = Event()

    def put_again_and_again() -> None:
        for number in range(200):
            put(out / str(number))
        ended.set()

    writing = Thread(target=put_again_and_again)
    out.mkdir()
    writing.start()
    number = 0
    while not ended.is_set():
        if check_usable(out / str(number)):
            number += 1
    writing.join()


TAKEN_AWAY = """
import os, shutil, signal, sys
from pathlib import Path
from storytime.build.manifest import Manifest, Partial
from storytime.build.writer import write_catalog, write_parts

kind, point, moment, ends = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "killed"
out, at_work = Path("out"), False

def take_away_at_the_moment(event, args):
    global moment, at_work
    if at_work or event != point or not str(args[0]).startswith(("out", "writing-")):
        return
    at_work = True
    moment -= 1
    if not moment:
        shutil.rmtree(out)
    elif ends and moment == -1:
        os.kill(os.getpid(), signal.SIGKILL)
    at_work = False

new = {"index.html": b"SITE", "a/index.html": b"A", "c/index.html": b"C"}
whole = Manifest.read(out)
sys.addaudithook(take_away_at_the_moment)
if kind == "whole":
    write_catalog(out, new, [], [])
else:
    parts = {path: new[path] for path in ("index.html", "a/index.html")}
    partial = Partial(whole.build, whole.build, 0.0, parts={"a": []})
    assert write_parts(out, whole, partial, parts) is None
    assert not out.exists()
assert moment <= 0
"""


def taking_away(out: Path, *arguments: str) -> int:
    put(out)
    ended = run_python("-c", TAKEN_AWAY, *arguments, cwd=out.parent)
    assert "Error" not in ended.stderr, ended.stderr
    return ended.returncode


AT = [("open", 2), ("open", 5), ("os.rename", 1), ("os.rename", 3)]


@pytest.mark.parametrize(("point", "moment"), AT, ids=str)
def test_folder_removed_during_a_build_is_written_again(out: Path, point: str, moment: int) -> None:
    assert taking_away(out, "whole", point, str(moment), "ends") == 0
    assert pages_in(out) == NEW
    put(out, NEW)
    put(out.with_name("clean"), NEW)
    assert Manifest.read(out) == Manifest.read(out.with_name("clean"))


@pytest.mark.parametrize(("point", "moment"), AT, ids=str)
def test_build_killed_after_folder_removal_is_completed_next_time(
    out: Path, point: str, moment: int
) -> None:
    assert taking_away(out, "whole", point, str(moment), "killed") == -signal.SIGKILL
    for leftover in (out / OWN_FOLDER).glob("writing-*"):
        os.utime(leftover, (2**32, 2**32))  # the clock was set back since
    put(out, NEW)
    assert pages_in(out) == NEW


@pytest.mark.parametrize(("point", "moment"), [("open", 3), ("os.rename", 1)], ids=str)
def test_parts_are_not_written_into_a_removed_folder(out: Path, point: str, moment: int) -> None:
    assert taking_away(out, "parts", point, str(moment), "ends") == 0


def test_temporary_file_of_a_running_build_is_kept(out: Path) -> None:
    put(out)
    other = write(out, {f"{OWN_FOLDER}/writing-1": b"half"}) / OWN_FOLDER / "writing-1"
    os.utime(other, (time.time() + 60,) * 2)
    put(out, {"index.html": b"new"})
    assert other.read_bytes() == b"half"


def test_a_reader_never_sees_a_page_half_written(out: Path) -> None:
    contents_of = [{"index.html": letter * 400_000} for letter in (b"a", b"b")]
    put(out, contents_of[0])
    done, seen, broken = Event(), set(), []

    def read() -> None:
        while not done.is_set():
            data = (out / "index.html").read_bytes()
            seen.add(data[:1])
            if data not in (pages["index.html"] for pages in contents_of):
                broken.append(len(data))

    reader = Thread(target=read)
    reader.start()
    for number in range(1, 200):
        put(out, contents_of[number % 2])
    done.set()
    reader.join()
    assert broken == []
    assert seen == {b"a", b"b"}
