"""Runs code that nobody has vouched for: without network, without your files, within limits.

bubblewrap gives it namespaces of its own (process, network, IPC, host name, user) in which the
system is read-only, home directories do not exist, /tmp is private, and one folder is writable.
When its first process ends or is killed, the kernel ends every other one in there.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from reviewbot.errors import NoSandbox
from reviewbot.escalation.watch import Watch, end_marked, tasks_of_user
from reviewbot.process import Completed, run

MARK = "REVIEWBOT_RUN"  # in the environment of everything a run starts, to find what fled
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What compilers, build tools and the loader read. Nothing else of the machine is visible: not
# /home, /root, /run, /var, and of /etc nothing that could hold a secret.
_READABLE = ("/usr", "/opt", "/nix")
_LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = (
    *("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf"),
    *("passwd", "group", "localtime", "os-release", "java", "java-17-openjdk"),
)
_PROBE_SECONDS = 10.0
_SCRATCH = 512 << 20  # bytes of /tmp and of /dev/shm each; both lie in memory
# Root gives its rights up first: the kernel keeps no task limit for root, nor file permissions.
_NOBODY = 65534
_SPARE_TASKS = 16  # the watch ends a run at its limit and says so; the kernel only slows it down


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use; memory, tasks and disk are counted over all of its processes."""

    seconds: float = 60.0  # wall clock
    cpu_seconds: int = 600  # of one process; a spinning one ends even if the clock is long
    memory: int = 4 << 30  # resident bytes: ThreadSanitizer's shadow makes address space no measure
    tasks: int = 1024  # processes and threads
    file_size: int = 1 << 30  # bytes of one file
    disk: int = 4 << 30  # bytes by which free space may fall
    output: int = 8 << 20  # bytes kept of stdout and of stderr; what exceeds them is dropped


class Confined(Completed):
    """How a confined run ended; `stopped` says which limit ended it, if one did."""

    __slots__ = ("stopped",)

    def __init__(self, done: Completed, stopped: str | None) -> None:
        super().__init__(done.returncode, done.stdout, done.stderr, done.timed_out, done.truncated)
        self.stopped = stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A way to run hostile code; `unsafe` does without bubblewrap and keeps the limits alone."""

    unsafe: bool = False
    path: str = _PATH
    readable: tuple[str, ...] = field(default=())  # further folders that may be read

    @property
    def search_path(self) -> str:
        """Where programs are looked for."""
        return os.environ.get("PATH", self.path) if self.unsafe else self.path

    def run(
        self,
        argv: Sequence[str],
        *,
        root: Path,
        writable: Sequence[Path],
        limits: Limits,
        env: Mapping[str, str] | None = None,
        network: bool = False,
    ) -> Confined:
        """Run a program in `root`; see `run_confined`."""
        mark = uuid.uuid4().hex
        whole = {**self._environment(), **(env or {}), MARK: mark}
        inner = [*_ulimits(limits), *argv]
        if not self.unsafe:
            _hand_over(root, writable)
            inner = [*_bubble(root, self.readable, writable, network), *inner]
        watch = Watch(memory=limits.memory, tasks=limits.tasks, disk=limits.disk, folder=root)
        try:
            with watch:
                done = run(
                    inner,
                    cwd=root,
                    timeout=limits.seconds,
                    max_output=limits.output,
                    env=whole,
                    started=watch.follow,
                )
        finally:
            if self.unsafe:  # no namespace ends what left the process group
                end_marked(f"{MARK}={mark}")
        stopped = watch.stopped or (_time(limits) if done.timed_out else None)
        return Confined(done, stopped)

    def _environment(self) -> dict[str, str]:
        """Nothing of ours: tokens live in environments."""
        home = "/tmp" if not self.unsafe else os.environ.get("HOME", "/")  # noqa: S108
        plain = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        return {"PATH": self.search_path, "HOME": home, **plain}


def _time(limits: Limits) -> str:
    return f"it was still running after {limits.seconds:g} s"


def run_confined(
    argv: Sequence[str],
    *,
    root: Path,
    writable: Sequence[Path],
    limits: Limits,
    env: Mapping[str, str] | None = None,
    network: bool = False,
) -> Confined:
    """Run a program in the folder `root`, where only `writable` can be changed, within `limits`.

    At a limit everything it started is killed, and `stopped` says which. NoSandbox if bubblewrap
    is missing or may not make namespaces here.
    """
    box = open_sandbox(unsafe=False)
    return box.run(argv, root=root, writable=writable, limits=limits, env=env, network=network)


def open_sandbox(*, unsafe: bool) -> Sandbox:
    """A sandbox that was seen to work; NoSandbox says what to do where there is none."""
    if unsafe:
        return Sandbox(unsafe=True)
    if problem := _problem():
        raise NoSandbox(
            f"{problem} Code of a pull request is not run without it. If you trust this code as "
            "you trust your own, run again with --unsafe-local."
        )
    return Sandbox()


@lru_cache(maxsize=1)
def _problem() -> str | None:
    """Why bubblewrap cannot be used here, or None."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed: install it (on Debian and Ubuntu, bubblewrap)."
    root = Path("/usr")
    if shutil.which("prlimit") is None or shutil.which("setpriv") is None:
        return "prlimit and setpriv are not installed: install util-linux."
    done = run([*_bubble(root, (), (), network=False), "true"], timeout=_PROBE_SECONDS)
    if done.returncode == 0 and not done.timed_out:
        return None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (
        f"bubblewrap cannot make a sandbox here ({said[0] if said else 'it gave no reason'}): "
        f"{_advice(done.stderr.decode('utf-8', 'replace'))}"
    )


def _advice(message: str) -> str:
    """What to do about bubblewrap's refusal."""
    if "nknown option" in message:
        return "install bubblewrap 0.8 or newer."
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "this is a container that may not make user namespaces; start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, "
            "or use the host."
        )
    return (
        "user namespaces are switched off; allow them with "
        "`sysctl kernel.unprivileged_userns_clone=1` (Debian) or "
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu 24.04)."
    )


def _bubble(
    root: Path, readable: Sequence[str], writable: Sequence[Path], network: bool
) -> list[str]:
    """The bwrap command line up to the program."""
    drop = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--")
    return [
        *(drop if _is_root() else ()),
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
        *(("--share-net",) if network else ()),
        # A new session: no characters can be pushed into the terminal (TIOCSTI).
        *("--die-with-parent", "--new-session", "--hostname", "sandbox"),
        *_system(),
        *("--dev", "/dev", "--proc", "/proc"),
        *("--size", str(_SCRATCH), "--tmpfs", "/tmp", "--size", str(_SCRATCH)),  # noqa: S108
        *("--tmpfs", "/dev/shm"),  # noqa: S108
        *(word for path in (str(root), *readable) for word in ("--ro-bind", path, path)),
        *(word for path in writable for word in ("--bind", str(path), str(path))),
        # Both are file systems in memory, which no limit would bound.
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", str(root), "--"),
    ]


def _system() -> list[str]:
    words: list[str] = []
    for path in (*_READABLE, *(f"/etc/{name}" for name in _ETC)):
        words += ["--ro-bind-try", path, path]
    for path in _LINKED:
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        else:
            words += ["--ro-bind-try", path, path]
    return words


def _ulimits(limits: Limits) -> list[str]:
    """The limits that the kernel keeps by itself."""
    others = 0 if _is_root() or _counts_by_namespace() else tasks_of_user()
    return [
        *("prlimit", f"--cpu={limits.cpu_seconds}", f"--fsize={limits.file_size}", "--core=0"),
        *(f"--nproc={others + limits.tasks + _SPARE_TASKS}", "--"),
    ]


def _counts_by_namespace() -> bool:
    """Whether a user's tasks outside of the sandbox leave its task limit alone (Linux 5.14)."""
    numbers = os.uname().release.split(".")
    return tuple(int(part) for part in numbers[:2] if part.isdigit()) >= (5, 14)


def _is_root() -> bool:
    return os.geteuid() == 0


def _hand_over(root: Path, writable: Sequence[Path]) -> None:
    """Give the writable folders to whom root becomes; NoSandbox if that user cannot reach them."""
    if not _is_root():
        return
    for folder in writable:
        os.chown(folder, _NOBODY, _NOBODY)
        for path, folders, files in os.walk(folder, followlinks=False):
            for name in (*folders, *files):
                os.chown(Path(path, name), _NOBODY, _NOBODY, follow_symlinks=False)
    closed = [up for up in (root, *root.parents) if not up.stat().st_mode & 0o001]
    if any(up not in writable for up in closed):
        raise NoSandbox(
            f"Root runs code as another user, who cannot enter {closed[-1]}: make it enterable "
            f"(chmod o+x), or set TMPDIR to a folder that is."
        )
