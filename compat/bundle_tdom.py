"""Build hook: puts tdom and `storytime_compat.pth` into Storytime's wheel, for Python 3.13.

tdom declares `requires-python >=3.14`, so no installer gives it to 3.13. It isn't committed either:
the installer that runs this build (uv or pip, with its own index settings) fetches the pinned
version and checks its hash. The source distribution contains it, and so can be built offline.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WHEEL_FOLDER = "storytime_compat_bundled"
"""Not site-packages itself, where later Pythons have tdom from the index."""
SDIST_FOLDER = "compat/tdom"
REQUIREMENT = "tdom-requirement.txt"
"""In the wheel it says what is bundled; and pip leaves a folder behind that contains no file."""
STARTUP = "storytime_compat.pth"


class BundleTdom(BuildHookInterface):
    def dependencies(self) -> list[str]:
        return [] if self._fetched.exists() or "UV" in os.environ else ["pip>=25.0"]

    def initialize(self, version: str, build_data: dict) -> None:
        self._unpacked = TemporaryDirectory(prefix="storytime-compat-")
        tdom = self._fetched
        if not tdom.exists():
            fetch(Path(self.root) / "compat" / REQUIREMENT, Path(self._unpacked.name))
            tdom = Path(self._unpacked.name) / "tdom"
        if self.target_name == "sdist":
            build_data["force_include"][str(tdom)] = SDIST_FOLDER
            return
        included = "force_include_editable" if version == "editable" else "force_include"
        compat = Path(self.root) / "compat"
        build_data[included] |= {
            str(compat / "src" / STARTUP): STARTUP,
            str(compat / REQUIREMENT): f"{WHEEL_FOLDER}/{REQUIREMENT}",
            str(tdom): f"{WHEEL_FOLDER}/tdom",
        }

    def finalize(self, version: str, build_data: dict, artifact_path: str) -> None:
        self._unpacked.cleanup()

    @property
    def _fetched(self) -> Path:
        return Path(self.root) / SDIST_FOLDER


def fetch(requirement: Path, target: Path) -> None:
    """Install the pinned requirement into `target`. Raises CalledProcessError on failure."""
    what = ["--requirement", requirement, "--require-hashes", "--no-deps", "--only-binary=:all:"]
    where = ["--target", target, "--python-version=3.14"]
    if uv := os.environ.get("UV"):  # uv sets it for the builds that it runs
        command = [uv, "pip", "install", f"--python={sys.executable}"]
    else:
        pip = [sys.executable, "-m", "pip", "install"]
        command = [*pip, "--ignore-requires-python", "--no-compile", "--no-user"]
    subprocess.run([*command, *what, *where], check=True, stdout=sys.stderr)
