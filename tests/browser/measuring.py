"""Measure a page of a catalog of 3,000 stories in Chromium: first paint, search, tree.

    nox -s browser --install-only && .nox/browser/bin/python -m tests.browser.measuring [stories]

Prints medians in milliseconds over several rounds, each with an empty browser cache. The catalog is
built and served on this machine.
"""

import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ..serving_support import serving
from ..support import gives, write
from .chromium import chromium

ROUNDS = 5
STORIES_OF_A_SUBJECT = 10

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SEARCH = """() => {
    document.querySelector("[data-do=search]").click();
    const field = document.querySelector(".st-query");
    const spent = [];
    for (const query of ["s", "stor", "story 7", "sbjct 123 stry", "nothing of the kind"]) {
        field.value = query;
        const start = performance.now();
        field.dispatchEvent(new Event("input"));
        document.querySelector("#st-found").offsetHeight; // lays it out
        spent.push(performance.now() - start);
    }
    document.querySelector("#st-search").close();
    return Math.max(...spent);
}"""
SCROLL = """async () => {
    const tree = document.querySelector("#st-tree");
    for (const toggle of tree.querySelectorAll("[aria-expanded=false]")) toggle.click();
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    let longest = 0;
    for (let step = 0; step < 60; step += 1) {
        const start = performance.now();
        tree.scrollTop += 400;
        tree.offsetHeight;
        await frame();
        longest = Math.max(longest, performance.now() - start);
    }
    return longest;
}"""


def catalog(folder: Path, stories: int) -> None:
    files = {"kit/__init__.py": "", "kit/stories.py": gives("Site(title='Kit')")}
    items = f"[Story(title=f'Story {{n}}') for n in range({STORIES_OF_A_SUBJECT})]"
    for number in range(stories // STORIES_OF_A_SUBJECT):
        node = f"Subject(title='Subject {number}', target=look, items={items})"
        files[f"kit/subject_{number}/stories.py"] = gives(node, "def look(): return '<p>Look</p>'")
    write(folder, files)


def main(stories: int) -> None:
    measured: dict[str, list[float]] = {"first paint": [], "search": [], "tree, longest frame": []}
    with TemporaryDirectory() as place, chromium() as browser:
        catalog(Path(place), stories)
        with serving(Path(place), "kit", "--subinterpreters") as server:
            server.until_said("built kit")
            for _ in range(ROUNDS):
                context = browser.new_context()
                page = context.new_page()
                url = f"http://127.0.0.1:{server.port}/subject_7/story-7/index.html"
                page.goto(url, wait_until="load")
                page.wait_for_function(f"{PAINTED} > 0")
                measured["first paint"].append(page.evaluate(PAINTED))
                page.locator("#st-tree .st-toggle").first.wait_for()
                measured["search"].append(page.evaluate(SEARCH))
                measured["tree, longest frame"].append(page.evaluate(SCROLL))
                context.close()
    for name, values in measured.items():
        print(
            f"{name}: {statistics.median(values):.1f} ms"
            f" ({min(values):.1f} to {max(values):.1f}, {stories} stories)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3000)
