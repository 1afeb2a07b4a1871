"""`storytime init`: the catalogs that it writes, and what it never overwrites."""

import os
from pathlib import Path

import pytest

from storytime import StorytimeError
from storytime.cli.init import LIBRARIES, create_catalog, package_name, read_templates

from ..serving_support import replace, serving
from ..support import contents, run_python, run_storytime, write

SETTINGS = '[tool.storytime]\npackage = "shop"\noutput = "public"\nsubinterpreters = true\n'


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_new_catalog_builds_without_a_finding(tmp_path: Path, library: str) -> None:
    ended = run_storytime("init", "my shop", "--with", library, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("    cd 'my shop'\n    storytime serve\n")
    built = run_storytime("build", "--strict", cwd=tmp_path / "my shop")
    assert built.returncode == 0, built.stderr
    assert "built my_shop:" in built.stderr
    card = (tmp_path / "my shop/public/card/new/frame.html").read_text()
    assert 'class="button button-primary"' in card


def test_a_new_catalog_is_served_in_subinterpreters_at_once(tmp_path: Path) -> None:
    assert run_storytime("init", "shop", cwd=tmp_path).returncode == 0
    with serving(tmp_path / "shop") as server:
        server.until_served("/card/new/frame.html", "<h2>Coffee</h2>")
        file = tmp_path / "shop/shop/card/stories.py"
        replace(file, file.read_text().replace('"Coffee"', '"Tea"'))
        server.until_served("/card/new/frame.html", "<h2>Tea</h2>")
        assert not server.said("need --subinterpreters")


def test_init_without_a_folder_writes_into_the_current_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", {"README.md": "mine"})
    ended = run_storytime("init", cwd=folder)
    assert ended.stdout == "Wrote the catalog shop, with tdom. Next:\n\n    storytime serve\n"
    assert {path.name for path in folder.iterdir()} == {"README.md", "pyproject.toml", "shop"}
    assert (folder / "pyproject.toml").read_text() == SETTINGS


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (b"", b""),
        (b'[project]\nname = "shop"\n', b"\n"),
        (b'[project]\nname = "shop" # no line end', b"\n\n"),
        (b'[project]\r\nname = "shop"\r\n', b"\r\n"),
        ("# Grüße\n\n\n[tool.other]\n".encode(), b"\n"),
    ],
)
def test_an_existing_pyproject_keeps_every_byte(
    tmp_path: Path, before: bytes, added: bytes
) -> None:
    file = write(tmp_path, {"pyproject.toml": before}) / "pyproject.toml"
    create_catalog(tmp_path, "tdom", "shop")
    settings = SETTINGS.encode()
    if b"\r\n" in before:
        settings = settings.replace(b"\n", b"\r\n")
    assert file.read_bytes() == before + added + settings


@pytest.mark.parametrize("path", [*read_templates("tdom"), "mine.py", "button/mine/x"])
def test_what_is_in_the_way_is_named_and_nothing_is_written(tmp_path: Path, path: str) -> None:
    write(tmp_path, {f"shop/shop/{path}": "mine"})
    with pytest.raises(StorytimeError, match=f"shop/{path.split('/mine')[0]}.* is in the way; not"):
        create_catalog(tmp_path / "shop", "tdom")
    assert contents(tmp_path) == {f"shop/shop/{path}": b"mine"}


def test_a_link_or_a_file_in_place_of_the_package_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "shop").symlink_to("nowhere")
    for _ in range(2):
        with pytest.raises(StorytimeError, match="shop is in the way"):
            create_catalog(tmp_path, "tdom", "shop")
        (tmp_path / "shop").unlink()
        (tmp_path / "shop").write_text("mine")
    assert contents(tmp_path) == {"shop": b"mine"}


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (SETTINGS, r"has \[tool.storytime\] already"),
        ("[tool.storytime]\n", r"\[tool.storytime\] can't be added"),
        ("tool = {ruff = {}}\n", r"\[tool.storytime\] can't be added"),
        ("[project\n", r"pyproject.toml:1: "),
    ],
)
def test_settings_that_can_not_be_added_leave_everything_as_it_was(
    tmp_path: Path, before: str, said: str
) -> None:
    write(tmp_path, {"pyproject.toml": before})
    with pytest.raises(StorytimeError, match=said):
        create_catalog(tmp_path, "tdom", "shop")
    assert contents(tmp_path) == {"pyproject.toml": before.encode()}


def test_a_pipe_in_place_of_the_settings_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pyproject.toml")
    with pytest.raises(StorytimeError, match=r"pyproject\.toml is not a file; nothing was written"):
        create_catalog(tmp_path, "tdom")
    assert len(os.listdir(tmp_path)) == 1


@pytest.mark.parametrize(("size", "limit"), [(0, 500), (9990, 10_000)])
def test_an_error_halfway_undoes_what_was_written(tmp_path: Path, size: int, limit: int) -> None:
    """Files can't grow beyond the limit: either the stylesheet fails, or the settings do."""
    if size:
        write(tmp_path, {"new/shop/pyproject.toml": b"#" * size})
    before = contents(tmp_path)
    code = f"""
import resource
from storytime.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
main(["init", "new/shop"])
"""
    ended = run_python("-c", code, cwd=tmp_path, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert ended.returncode == 1
    assert ended.stderr == "Error: can't write new/shop: File too large; nothing was written\n"
    assert contents(tmp_path) == before
    assert [*tmp_path.iterdir()] == ([tmp_path / "new"] if size else [])


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"),
        ("My Shop", "my_shop"),
        ("my-shop.example", "my_shop_example"),
        ("Café Łódź", "cafe_łodz"),
        ("商店", "商店"),
        ("2nd shop", "catalog_2nd_shop"),
        ("class", "class_catalog"),
        ("email", "email_catalog"),
        ("click", "click_catalog"),
        ("static", "static_catalog"),
        ("__init__", "init"),
        (".hidden", "hidden"),
        ("🎨", "catalog"),
        ("🎨 shop ½", "shop_1_2"),
        ("ﬁeld²", "field2"),
    ],
)
def test_any_folder_gives_a_package_a_good_name(tmp_path: Path, folder: str, name: str) -> None:
    assert package_name(tmp_path / folder) == name
    create_catalog(tmp_path / folder, "tdom")
    assert (tmp_path / folder / name / "stories.py").is_file()


def test_a_package_can_be_named_and_a_name_must_be_one(tmp_path: Path) -> None:
    write(tmp_path, {"shop/shop/__init__.py": ""})
    ended = run_storytime("init", "shop", "--package", "workshop", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "shop/workshop/stories.py").is_file()
    for name in ("my-shop", "class", "json", "", "a/b"):
        with pytest.raises(StorytimeError, match="no package can be called"):
            create_catalog(tmp_path / "other", "tdom", name)
    assert not (tmp_path / "other").exists()


def test_what_to_install_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIBRARIES, "htpy", ("no_such_module", "htpy"))
    said = create_catalog(tmp_path / "shop", "htpy")
    assert said.endswith(f"    pip install htpy\n    cd {tmp_path}/shop\n    storytime serve\n")
