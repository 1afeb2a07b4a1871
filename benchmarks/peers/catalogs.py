"""The catalog of `benchmarks.catalogs` for Storybook and Ladle: the same stories and edits.

A component returns a text with HTML for Storybook and an element of React for Ladle. All import
`parts/words.js`, the helper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..catalogs import STORIES_PER_SUBJECT, Edit, looks, module_name, subject_path, write

WORDS = """
const REVISION = "helper-0000";

export const rowText = (label, row) => `${label}, row ${row} (${REVISION})`;
"""

STYLE = "body { margin: 2rem; font: 16px/1.5 sans-serif } .part { border: 1px solid #ccc }"

SHAPES = (
    ("section", "<h2>{label}</h2><p>{revision}</p><ul>{rows}</ul>", "li"),
    ("article", "<h2>{label}</h2><p>{revision}</p><ol>{rows}</ol>", "li"),
    ("div", "<p>{revision}</p><dl><dt>{label}</dt>{rows}</dl>", "dd"),
)
"""The elements of the components in `benchmarks.catalogs`, by kind: the outer one, what is in it,
and that of a row."""

STORYBOOK_MAIN = """
export default {
  framework: { name: "@storybook/html-vite", options: {} },
  stories: ["../catalog/**/*.stories.js"],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
};
"""

STORYBOOK_PREVIEW = """
export default { decorators: [(story) => `<main class="stage">${story()}</main>`] };
"""

STORYBOOK_PART = """
import {{ rowText }} from "./words.js";

const REVISION = "component-0000";

export function {name}({{ label, count, wide }}) {{
  const item = (_, row) => `<{item}>${{rowText(label, row)}}</{item}>`;
  const rows = Array.from({{ length: count }}, item);
  const kind = wide ? "part wide" : "part";
  return `<{box} class="${{kind}}">{body}</{box}>`;
}}
"""

STORYBOOK_STORIES = """
import {{ {name} }} from "../../../parts/{module}.js";

const NOTE = "story-0000";

export default {{ title: "{title}", render: {name} }};

{stories}
"""

STORYBOOK_STORY = """\
export const Look{number} = {{
  name: "{title}",
  args: {{ label: {label}, count: {count}, wide: {wide} }},
}};"""

LADLE_CONFIG = """
export default {{
  stories: "{folder}/catalog/**/*.stories.jsx",
  appendToHead: "<style>{style}</style>",
  viteConfig: "{folder}/vite.config.js",
}};
"""

VITE_CONFIG = """
export default {{ server: {{ open: "none" }}, cacheDir: "{folder}/.vite" }};
"""

LADLE_COMPONENTS = """
export const Provider = ({ children }) => <main className="stage">{children}</main>;
"""

LADLE_PART = """
import {{ rowText }} from "./words.js";

const REVISION = "component-0000";

export function {name}({{ label, count, wide }}) {{
  const item = (_, row) => <{item} key={{row}}>{{rowText(label, row)}}</{item}>;
  const rows = Array.from({{ length: count }}, item);
  const kind = wide ? "part wide" : "part";
  return <{box} className={{kind}}>{body}</{box}>;
}}
"""

LADLE_STORIES = """
import {{ {name} }} from "../../../parts/{module}.jsx";

const NOTE = "story-0000";

export default {{ title: "{title}" }};

{stories}
"""

LADLE_STORY = """\
export const Look{number} = () => <{name} label={{{label}}} count={{{count}}} wide={{{wide}}} />;
Look{number}.storyName = "{title}";"""


@dataclass(frozen=True)
class Dialect:
    """How a tool's files are written.

    `values` says how the body of a component (see SHAPES) inserts its values.
    """

    part: str
    stories: str
    story: str
    suffix: str
    values: Mapping[str, str]


STORYBOOK = Dialect(
    STORYBOOK_PART,
    STORYBOOK_STORIES,
    STORYBOOK_STORY,
    "js",
    {"label": "${label}", "revision": "${REVISION}", "rows": '${rows.join("")}'},
)
LADLE = Dialect(
    LADLE_PART,
    LADLE_STORIES,
    LADLE_STORY,
    "jsx",
    {"label": "{label}", "revision": "{REVISION}", "rows": "{rows}"},
)


@dataclass(frozen=True)
class PeerProject:
    """A generated project. Edits change its first subject."""

    base: Path
    stories: int
    dialect: Dialect

    def edit(self, mark: str) -> Edit:
        suffix = self.dialect.suffix
        files = {
            "story": f"catalog/{subject_path(0)}.stories.{suffix}",
            "component": f"parts/{module_name(0)}.{suffix}",
            "helper": "parts/words.js",
        }
        return Edit(mark, self.base / files[mark])


def generate_storybook(base: Path, stories: int) -> PeerProject:
    write(base / ".storybook/main.js", STORYBOOK_MAIN)
    write(base / ".storybook/preview.js", STORYBOOK_PREVIEW)
    write(base / ".storybook/preview-head.html", f"<style>{STYLE}</style>\n")
    return _generate(PeerProject(base, stories, STORYBOOK))


def generate_ladle(base: Path, stories: int) -> PeerProject:
    """Write a project into a folder of the one from which Ladle will be started."""
    write(base / ".ladle/config.mjs", LADLE_CONFIG.format(folder=base.name, style=STYLE))
    write(base / ".ladle/components.jsx", LADLE_COMPONENTS)
    write(base / "vite.config.js", VITE_CONFIG.format(folder=base))
    return _generate(PeerProject(base, stories, LADLE))


def _generate(project: PeerProject) -> PeerProject:
    write(project.base / "parts/words.js", WORDS)
    for number in range(project.stories // STORIES_PER_SUBJECT):
        _write_subject(project, number)
    return project


def _write_subject(project: PeerProject, number: int) -> None:
    dialect, path = project.dialect, subject_path(number)
    module, name = module_name(number), f"Part{number:04}"
    box, body, item = SHAPES[number % len(SHAPES)]
    part = dialect.part.format(name=name, box=box, body=body.format(**dialect.values), item=item)
    write(project.base / f"parts/{module}.{dialect.suffix}", part)
    *folders, _ = (each.replace("_", " ").capitalize() for each in path.split("/"))
    title = "/".join([*folders, f"{name} title-0000"])
    stories = "\n".join(
        dialect.story.format(
            number=at,
            name=name,
            title=look.title,
            label="NOTE" if look.label is None else f'"{look.label}"',
            count=look.count,
            wide=str(look.wide).lower(),
        )
        for at, look in enumerate(looks(name))
    )
    text = dialect.stories.format(module=module, name=name, title=title, stories=stories)
    write(project.base / f"catalog/{path}.stories.{dialect.suffix}", text)
