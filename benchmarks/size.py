"""How much the base install with the CPU runtime weighs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Result

PROJECT = Path(__file__).resolve().parents[1]
_NOT_OURS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")


def install_size(work: Path) -> Result:
    """Install `.[cpu]` into a new environment and add up what lies in its site-packages."""
    made = work / "size"
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    python = made / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "install", ".[cpu]"],
        cwd=PROJECT,
        check=True,
    )
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    files = [file for file in site.rglob("*") if file.is_file() and _is_ours(file, site)]
    bytecode = sum(file.stat().st_size for file in files if file.suffix == ".pyc")
    total = sum(file.stat().st_size for file in files)
    return Result(
        name="install size",
        measured=total / 2**20,
        budget=250.0,
        unit="MiB",
        detail=f"of which {bytecode / 2**20:.0f} MiB are bytecode",
    )


def _is_ours(file: Path, site: Path) -> bool:
    top = file.relative_to(site).parts[0]
    return top not in _NOT_OURS and not top.startswith(("pip-", "setuptools-"))
