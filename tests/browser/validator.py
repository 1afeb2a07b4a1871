"""Check HTML files with html-validate, from npm, for what the standard of HTML requires."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def findings(folder: Path) -> list[str]:
    """Return what the validator says of all HTML files below a folder."""
    ended = subprocess.run(
        [
            HERE / "node_modules/.bin/html-validate",
            f"--config={HERE / '.htmlvalidate.json'}",
            "--formatter=json",
            f"{folder}/**/*.html",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return [
        f"{Path(each['filePath']).relative_to(folder)}:{said['line']}: {said['message']}"
        for each in json.loads(ended.stdout)
        for said in each["messages"]
    ]
