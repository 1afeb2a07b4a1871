"""Everything that the README and the pages of docs/ show works, servers included."""

from pathlib import Path

import pytest

from ..pages import PAGES, blocks, run_page

SLOW = [page for page in PAGES if any(block.is_slow for block in blocks(page))]


@pytest.mark.parametrize("page", SLOW)
def test_files_snippets_and_commands_of_a_page_work(page: str, tmp_path: Path) -> None:
    run_page(page, tmp_path, slow=True)
