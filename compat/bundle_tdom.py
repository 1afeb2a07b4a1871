"""Build hook: puts tdom, as its own wheel holds it, into the wheel of storytime-compat.

tdom declares `requires-python >=3.14`, so no installer gives it to 3.13. It is not committed
either: the installer that runs this build (uv or pip, each with its own configuration of indexes)
fetches it at the pinned version and hash.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "storytime_compat_bundled"
"""Not site-packages itself: who asks for tdom on 3.13 is given an empty 0.0.1 there."""


class BundleTdom(BuildHookInterface):
    def dependencies(self) -> list[str]:
        return [] if "UV" in os.environ else ["pip>=25.0"]

    def initialize(self, version: str, build_data: dict) -> None:
        self._unpacked = TemporaryDirectory(prefix="storytime-compat-")
        target = Path(self._unpacked.name)
        fetch(Path(self.root) / "tdom-requirement.txt", target)
        (info,) = target.glob("tdom-*.dist-info")
        included = "force_include_editable" if version == "editable" else "force_include"
        build_data[included] |= {
            str(target / "tdom"): f"{FOLDER}/tdom",
            str(info / "licenses/LICENSE"): f"{FOLDER}/LICENSE.tdom",
        }

    def finalize(self, version: str, build_data: dict, artifact_path: str) -> None:
        self._unpacked.cleanup()


def fetch(requirement: Path, target: Path) -> None:
    """Put what `requirement` pins below `target`; raises CalledProcessError where that fails."""
    what = ["--requirement", requirement, "--require-hashes", "--no-deps", "--only-binary=:all:"]
    where = ["--target", target, "--python-version=3.14"]
    if uv := os.environ.get("UV"):  # set by uv for what it runs
        command = [uv, "pip", "install", f"--python={sys.executable}"]
    else:
        pip = [sys.executable, "-m", "pip", "install"]
        command = [*pip, "--ignore-requires-python", "--no-compile", "--no-user"]
    subprocess.run([*command, *what, *where], check=True, stdout=sys.stderr)
