"""What is to be reviewed, read from git or from disk; the only stage that reads sources."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from reviewbot.code.prefilter import is_c_family
from reviewbot.diff import parse_diff
from reviewbot.errors import BadInput, CannotReadRevision, GitFailed
from reviewbot.git import MAX_BLOB, Repository, TooLarge
from reviewbot.pipeline import Source
from reviewbot.process import run
from reviewbot.progress import Track, silent
from reviewbot.records import Change, FileDiff, Skipped
from reviewbot.trees import DiskTree, GitTree
from reviewbot.utf16 import UNREAD, is_utf16

Contents = Mapping[str, bytes | TooLarge | None]
# Version control and editors keep copies of sources there that nobody wrote for review.
_NOT_WALKED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})


def of_range(repository: Repository, base: str, head: str) -> tuple[Source, ...]:
    """The files that differ between two revisions, both read from git, never from disk."""
    return _of_diff(repository, repository.diff(base, head), base, head)


def of_staged(repository: Repository) -> tuple[Source, ...]:
    """The files staged against HEAD, read from the index, never from disk."""
    return _of_diff(repository, repository.diff_staged(), _head_or_nothing(repository), None)


def _head_or_nothing(repository: Repository) -> str:
    try:
        return repository.resolve("HEAD")
    except CannotReadRevision:  # before the first commit
        return repository.empty_tree


def _of_diff(
    repository: Repository, diff: bytes, base: str, head: str | None
) -> tuple[Source, ...]:
    changed = [file for file in parse_diff(diff) if is_c_family(file.path)]
    diffs = [file for file in changed if isinstance(file, FileDiff) and not _no_file(file)]
    heads = repository.read_many(head, [d.path for d in diffs if d.change is not Change.DELETED])
    bases = _bases(repository, base, [file.old_path for file in diffs if file.old_path])
    trees = GitTree(repository, head), GitTree(repository, base)
    sources = (_of_change(file, heads, bases) for file in changed)
    return tuple(replace(s, head_tree=trees[0], base_tree=trees[1]) for s in sources)


def _bases(repository: Repository, base: str, paths: Sequence[str]) -> Contents | None:
    try:
        return repository.read_many(base, paths)
    except GitFailed:  # a partial clone without its remote: the head can still be reviewed
        return None


def _of_change(file: FileDiff | Skipped, heads: Contents, bases: Contents | None) -> Source:
    if isinstance(file, Skipped):
        return Source(path=file.path, base_known=False, skipped=file.reason)
    head = heads.get(file.path)
    if reason := _no_file(file) or _not_text(file, head):
        return Source(path=file.path, base_known=False, diff=file, skipped=reason)
    if isinstance(head, TooLarge):
        return Source(path=file.path, base_known=False, diff=file, skipped=_too_large(head.size))
    if head is None and file.change is not Change.DELETED:
        return Source(path=file.path, base_known=False, diff=file, skipped="not a regular file")
    base = (bases or {}).get(file.old_path or "")
    known = file.old_path is None or (bases is not None and not isinstance(base, TooLarge))
    content = base if isinstance(base, bytes) else None
    return Source(path=file.path, head=head, base=content, base_known=known, diff=file)


def _no_file(file: FileDiff) -> str | None:
    """Why a changed path has no content of its own, or None."""
    if file.submodule:
        return "submodule"
    return "symlink" if file.symlink else None


def _not_text(file: FileDiff, head: bytes | TooLarge | None) -> str | None:
    """Why git compares the file as bytes, or None if it does not."""
    if not file.binary:
        return None
    return UNREAD if isinstance(head, bytes) and is_utf16(head) else "binary"


def _too_large(size: int) -> str:
    return f"generated or too large ({size >> 10} KiB)"


def of_files(
    paths: Sequence[str], root: Path | None = None, track: Track = silent
) -> Iterator[Source]:
    """The files named, and the C-family files below the directories named, read from disk.

    Files below `root`, a repository's, are called by their path from there, wherever they are
    named from: fingerprints, baselines and the globs of policies depend on it.
    """
    named = {_name(path, root): path for path in _walked(paths)}  # once, however often named
    tree = DiskTree(root or Path.cwd())
    for name, path in track(tuple(named.items())):
        yield replace(_of_file(path, name), head_tree=tree)


def _name(path: str, root: Path | None) -> str:
    folder, name = os.path.split(path)
    real = Path(_real(os.path.join(os.getcwd(), folder)), name)  # noqa: PTH109, PTH118
    if root is None or not real.is_relative_to(root):
        return path
    return real.relative_to(root).as_posix()


# Asked for every file of a scan, answered once for each directory.
@lru_cache(maxsize=1024)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _walked(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if not os.path.lexists(path):
            raise BadInput(f"There is no file or directory {path!r}: check the path and try again.")
        if Path(path).is_dir():
            yield from sorted(filter(is_c_family, _below(path)))
        else:
            yield os.path.normpath(path)


def _below(directory: str) -> Iterator[str]:
    """Files below a directory without those that git ignores; all of them if that leaves none.

    A directory that is ignored as a whole, such as `build`, was named on purpose.
    """
    return iter(_seen_by_git(directory) or tuple(_on_disk(directory)))


def _seen_by_git(directory: str) -> tuple[str, ...]:
    options = ("--cached", "--others", "--exclude-standard", "-z")
    try:
        completed = run(("git", "ls-files", *options), cwd=directory)
    except OSError:  # no git: then nothing is ignored
        return ()
    names = completed.stdout.split(b"\0") if completed.returncode == 0 else ()
    paths = (os.path.normpath(Path(directory, os.fsdecode(name))) for name in names if name)
    return tuple(path for path in paths if Path(path).is_file() or Path(path).is_symlink())


def _on_disk(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if name not in _NOT_WALKED]
        yield from (os.path.normpath(Path(folder, name)) for name in files)


def _of_file(path: str, name: str) -> Source:
    """One file as it is on disk under `path`, to be called `name`."""
    if not is_c_family(path):
        return Source(path=name, base_known=False, skipped="not a C or C++ file by its name")
    file = Path(path)
    if file.is_symlink():
        return Source(path=name, base_known=False, skipped="symlink")
    try:
        known = file.stat()
        if not stat.S_ISREG(known.st_mode):  # a pipe would be waited for, for ever
            return Source(path=name, base_known=False, skipped="not a regular file")
        if known.st_size > MAX_BLOB:
            return Source(path=name, base_known=False, skipped=_too_large(known.st_size))
        return Source(path=name, head=file.read_bytes(), base_known=False)
    except OSError as exc:
        reason = f"unreadable: {exc.strerror or exc}"
        return Source(path=name, base_known=False, skipped=reason)
