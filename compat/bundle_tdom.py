"""Build hook: puts the files of tdom's wheel into the wheel of storytime-compat.

tdom declares `requires-python >=3.14`, so no installer gives it to 3.13. It isn't committed either:
the installer that runs this build (uv or pip, with its own index settings) fetches the pinned
version and checks its hash.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "storytime_compat_bundled"
"""Not site-packages itself, where an installer may put the empty tdom 0.0.1 on 3.13."""


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
    """Install the pinned requirement into `target`. Raises CalledProcessError on failure."""
    what = ["--requirement", requirement, "--require-hashes", "--no-deps", "--only-binary=:all:"]
    where = ["--target", target, "--python-version=3.14"]
    if uv := os.environ.get("UV"):  # uv sets it for the builds that it runs
        command = [uv, "pip", "install", f"--python={sys.executable}"]
    else:
        pip = [sys.executable, "-m", "pip", "install"]
        command = [*pip, "--ignore-requires-python", "--no-compile", "--no-user"]
    subprocess.run([*command, *what, *where], check=True, stdout=sys.stderr)
