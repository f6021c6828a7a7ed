"""Questions to git, asked so that neither user configuration nor hostile names bend the answers.

The hook's fast path goes through here: no dataclasses, no records (see `process`). The environment
is passed on, because inside a hook GIT_INDEX_FILE names the index that is about to be committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reviewbot.errors import (
    CannotFindMergeBase,
    CannotReadRevision,
    GitFailed,
    NotARepository,
)
from reviewbot.process import Completed, run

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git hash-object -t tree /dev/null
EMPTY_TREE_SHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
MAX_BLOB = 20_000_000  # bytes; generated tables are larger, code that people review is not
_MAX_DIFF = 256 * 1024 * 1024
_TIMEOUT = 120.0  # seconds; a partial clone may have to fetch blobs
_PATHS_PER_CALL = 500  # 500 paths of 255 bytes stay under the 128 KiB that every system takes

# Unknown to the user's eye, these would change what a diff or a path means.
_DROPPED = (
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
_FIXED = {
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",  # never fight the user's own git over index.lock
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # messages are matched below
}
_RELATIVE = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")

# The settings that plumbing still reads; the file system monitor would start a program.
_CONFIG = (
    *("-c", "core.quotepath=off"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "diff.suppressBlankEmpty=false"),
)

# Three lines of context and git's default algorithm: the hunks that forges show, where comments
# can be anchored. The rename limit is git's own default, fixed so that the time is bounded.
_DIFF_OPTIONS = (
    "-p",
    "--unified=3",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "-M",
    "-l1000",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--submodule=short",
    "--ignore-submodules=dirty",
)
# A rename without detection is an addition and a deletion: the same head paths, in less time.
_NAME_OPTIONS = ("--name-only", "-z", "--no-renames", "--diff-filter=ACMRT")

_OBJECT_NAME = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


class TooLarge:
    """Stands for the content of a blob that exceeds MAX_BLOB; `size` is in bytes."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size

    def __repr__(self) -> str:
        return f"TooLarge({self.size})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TooLarge) and other.size == self.size

    def __hash__(self) -> int:
        return hash(self.size)


class Repository:
    """A git repository on disk; `root` is the top of its working tree (the git dir if bare)."""

    __slots__ = ("_env", "empty_tree", "git_dir", "root")

    def __init__(self, root: Path, git_dir: Path, empty_tree: str, env: dict[str, str]) -> None:
        self.root = root
        self.git_dir = git_dir
        self.empty_tree = empty_tree
        self._env = env

    def __repr__(self) -> str:
        return f"Repository({str(self.root)!r})"

    def resolve(self, ref: str) -> str:
        """Name of the commit that `ref` stands for; CannotReadRevision if it stands for none."""
        if not _is_safe_ref(ref):
            raise CannotReadRevision(
                f"{ref!r} is not the name of a git revision: give a branch, a tag or a commit."
            )
        if not ref.strip("0"):
            raise CannotReadRevision(
                "The revision is all zeros, git's sign for 'no commit yet': "
                "give the branch that the change is compared with."
            )
        name = self._line("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if name is None or not _OBJECT_NAME.match(name):
            raise CannotReadRevision(self._unknown_revision(ref))
        return name

    def merge_base(self, base: str, head: str) -> str:
        """The newest commit that both revisions contain; CannotFindMergeBase if there is none.

        The empty tree is its own: it stands for what was there before the first commit.
        """
        if base == self.empty_tree:
            return base
        name = self._line("merge-base", self.resolve(base), self.resolve(head))
        if name is not None:
            return name
        if self.is_shallow():
            raise CannotFindMergeBase(
                f"This clone is shallow and lacks the commit where {head} left {base}: "
                "run `git fetch --unshallow`, or set `fetch-depth: 0` for actions/checkout."
            )
        raise CannotFindMergeBase(
            f"{base} and {head} share no commit: give a base that the change started from."
        )

    def diff(self, base: str, head: str) -> bytes:
        """Unified diff from `base` to `head` (commits or trees), renames detected, as git's -p."""
        trees = self._tree(base), self._tree(head)
        return self._ask("diff-tree", *_DIFF_OPTIONS, *trees, "--", max_output=_MAX_DIFF)

    def diff_staged(self) -> bytes:
        """Unified diff from HEAD (the empty tree before the first commit) to the index."""
        return self._staged(_DIFF_OPTIONS)

    def staged_paths(self) -> tuple[str, ...]:
        """Paths whose content in the index is new against HEAD."""
        return _paths(self._staged(_NAME_OPTIONS))

    def changed_paths(self, base: str, head: str) -> tuple[str, ...]:
        """Paths whose content in `head` is new against `base`; deleted paths are left out."""
        trees = self._tree(base), self._tree(head)
        return _paths(self._ask("diff-tree", "-r", *_NAME_OPTIONS, *trees, "--"))

    def read(self, revision: str, path: str) -> bytes | TooLarge | None:
        """Content of a regular file in `revision`; None if there is none under that path."""
        return self.read_many(revision, (path,))[path]

    def read_index(self, path: str) -> bytes | TooLarge | None:
        """Staged content of a regular file, whatever the working tree holds; None if absent."""
        return self.read_many(None, (path,))[path]

    def read_many(
        self, revision: str | None, paths: Iterable[str]
    ) -> dict[str, bytes | TooLarge | None]:
        """Contents of regular files in `revision`, or in the index if it is None.

        None for what does not exist or is a symlink or a submodule.
        """
        wanted = tuple(dict.fromkeys(paths))
        names = self._blob_names(revision, [path for path in wanted if _is_tree_path(path)])
        blobs = self._blobs(sorted(set(names.values())))
        return {path: blobs.get(names.get(path, "")) for path in wanted}

    def names(self, revision: str | None) -> tuple[str, ...]:
        """Paths of all files of a revision, or of the index; raises GitFailed."""
        if revision is None:
            return _paths(self._ask("ls-files", "-z"))
        tree = self._tree(revision)
        return _paths(self._ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", tree))

    def default_branch_guess(self) -> str | None:
        """The branch that changes are most likely compared with, as in `origin/main`, or None."""
        head = self._line("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        candidates = (head, "origin/main", "origin/master", "main", "master")
        return next((name for name in candidates if name and self._has(name)), None)

    def remote_tracking_base(self, head: str) -> str | None:
        """Newest commit of `head` that any remote-tracking branch has; None if it is all new."""
        # The 200 newest are plenty: an older branch is almost always contained in one of them.
        refs = ("--sort=-committerdate", "--count=200", "refs/remotes")
        listed = self._ask("for-each-ref", "--format=%(objectname)", *refs)
        names = sorted(set(listed.decode("ascii").split()))
        return self._line("merge-base", self.resolve(head), *names) if names else None

    def is_shallow(self) -> bool:
        """Whether history was cut off by a clone with a depth."""
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def _staged(self, options: Sequence[str]) -> bytes:
        # An intent to add (git add -N) is not part of the commit.
        command = ("diff-index", "--cached", "--ita-invisible-in-index", *options)
        completed = self._run(*command, "HEAD", "--", max_output=_MAX_DIFF)
        if completed.returncode != 0 and self._is_unborn():
            completed = self._run(*command, self.empty_tree, "--", max_output=_MAX_DIFF)
        return _output(completed, "diff-index")

    def _is_unborn(self) -> bool:
        branch = self._line("symbolic-ref", "--quiet", "HEAD")
        return branch is not None and self._line("show-ref", "--verify", branch) is None

    def _has(self, ref: str) -> bool:
        return self._line("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") is not None

    def _tree(self, revision: str) -> str:
        return revision if _OBJECT_NAME.match(revision) else self.resolve(revision)

    def _unknown_revision(self, ref: str) -> str:
        if self._has(f"origin/{ref}"):
            return f"There is no revision {ref!r} here, but 'origin/{ref}' exists: use that."
        if self.is_shallow():
            return (
                f"There is no revision {ref!r} in this shallow clone: run "
                f"`git fetch --unshallow origin {ref}`, or set `fetch-depth: 0` for "
                "actions/checkout."
            )
        return (
            f"There is no revision {ref!r} here: check the spelling, or run "
            f"`git fetch origin {ref}` and try again."
        )

    def _blob_names(self, revision: str | None, paths: Sequence[str]) -> dict[str, str]:
        tree = None if revision is None else self._tree(revision)
        names: dict[str, str] = {}
        for start in range(0, len(paths), _PATHS_PER_CALL):
            some = [_argument(path) for path in paths[start : start + _PATHS_PER_CALL]]
            if tree is None:
                names.update(_index_blobs(self._ask("ls-files", "-s", "-z", "--", *some)))
            else:
                names.update(
                    _tree_blobs(self._ask("ls-tree", "-z", "--full-tree", "--", tree, *some))
                )
        return names

    def _blobs(self, names: Sequence[str]) -> dict[str, bytes | TooLarge | None]:
        if not names:
            return {}
        # Usually everything together is under the limit of one blob: then one process is enough.
        completed = self._batch("--batch", names, MAX_BLOB)
        if not completed.truncated:
            return dict(_batch_contents(_output(completed, "cat-file")))
        sizes = dict(_batch_sizes(_output(self._batch("--batch-check", names), "cat-file")))
        large = {name: TooLarge(size) for name, size in sizes.items() if size > MAX_BLOB}
        small = [name for name in names if name not in large]
        room = sum(sizes.get(name, 0) + 200 for name in small)  # 200 bytes hold a header
        contents = _batch_contents(_output(self._batch("--batch", small, room), "cat-file"))
        return {**large, **dict(contents)}

    def _batch(self, mode: str, names: Sequence[str], max_output: int = _MAX_DIFF) -> Completed:
        # Asked for by object name, so that no path, however odd, passes through the line protocol.
        request = "".join(f"{name}\n" for name in names).encode("ascii")
        return self._run("cat-file", mode, input=request, max_output=max_output)

    def _line(self, *arguments: str) -> str | None:
        """First line of the answer, or None if git says no (exit status 1 or 128)."""
        completed = self._run(*arguments)
        if completed.returncode not in (0, 1, 128) or completed.timed_out:
            _output(completed, arguments[0])
        line = completed.stdout.split(b"\n", 1)[0].decode("utf-8", "surrogateescape")
        return line if completed.returncode == 0 and line else None

    def _ask(self, *arguments: str, max_output: int = _MAX_DIFF) -> bytes:
        return _output(self._run(*arguments, max_output=max_output), arguments[0])

    def _run(
        self, *arguments: str, input: bytes | None = None, max_output: int = _MAX_DIFF
    ) -> Completed:
        return _git(self.root, self._env, arguments, input, max_output)


def open_repository(directory: Path) -> Repository:
    """The repository around `directory`, or the one that GIT_DIR names; NotARepository if none."""
    if not directory.is_dir():
        raise NotARepository(f"{directory} is not a directory: run this inside a git repository.")
    env = _environment()
    questions = ("--show-object-format", "--absolute-git-dir", "--show-toplevel")
    completed = _git(directory, env, ("rev-parse", *questions))
    answers = completed.stdout.decode("utf-8", "surrogateescape").splitlines()
    if completed.returncode != 0 or len(answers) != 3:
        return _open_unusual(directory, env)
    return Repository(Path(answers[2]), Path(answers[1]), _empty_tree(answers[0]), env)


def repository_or_none(directory: Path) -> Repository | None:
    """The repository around `directory`; None if there is none."""
    try:
        return open_repository(directory)
    except NotARepository:
        return None


def _open_unusual(directory: Path, env: dict[str, str]) -> Repository:
    """Open a bare repository, or one whose path contains a newline, with a question each."""
    git_dir = _git(directory, env, ("rev-parse", "--absolute-git-dir"))
    if git_dir.returncode != 0:
        raise _cannot_open(directory, git_dir.stderr.decode("utf-8", "replace"))
    root = _git(directory, env, ("rev-parse", "--show-toplevel"))
    top = root if root.returncode == 0 else git_dir  # a bare repository has no working tree
    kind = _git(directory, env, ("rev-parse", "--show-object-format"))
    empty = _empty_tree(kind.stdout.decode("utf-8", "replace").strip())
    return Repository(_path_line(top.stdout), _path_line(git_dir.stdout), empty, env)


def _cannot_open(directory: Path, message: str) -> NotARepository | GitFailed:
    if "dubious ownership" in message:
        return NotARepository(
            f"git does not trust {directory}, which another user owns: "
            f"run `git config --global --add safe.directory {directory}`."
        )
    if "not a git repository" in message.lower():
        return NotARepository(
            f"{directory} lies in no git repository: run this inside one, "
            "or use `reviewbot scan PATH` to look at files without git."
        )
    return GitFailed(f"git cannot open {directory}: {_first_line(message)}")


def _environment() -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if key not in _DROPPED}
    # git runs at the repository's root below; what a hook names relative to here must still hold.
    env.update({key: str(Path.cwd() / env[key]) for key in _RELATIVE if env.get(key)})
    return {**env, **_FIXED}


def _git(
    directory: Path,
    env: dict[str, str],
    arguments: Sequence[str],
    input: bytes | None = None,
    max_output: int = _MAX_DIFF,
) -> Completed:
    try:
        return run(
            ("git", *_CONFIG, *arguments),
            cwd=directory,
            input=input,
            timeout=_TIMEOUT,
            max_output=max_output,
            env=env,
        )
    except FileNotFoundError as exc:
        raise GitFailed(
            "git could not be started: install git (2.25 or newer) and make sure it is on PATH."
        ) from exc
    except OSError as exc:
        raise GitFailed(f"git could not be started: {exc}.") from exc


def _output(completed: Completed, command: str) -> bytes:
    if completed.timed_out:
        raise GitFailed(f"`git {command}` did not end within {_TIMEOUT:.0f} s: try again.")
    if completed.returncode != 0:
        message = _first_line(completed.stderr.decode("utf-8", "replace"))
        raise GitFailed(f"`git {command}` failed: {message or 'it gave no reason'}")
    if completed.truncated:
        raise GitFailed(
            f"`git {command}` gave more than {_MAX_DIFF // 2**20} MiB: review a smaller range."
        )
    return completed.stdout


def _is_safe_ref(ref: str) -> bool:
    # '-' would be an option, '^' a negation, ':' a path or a search in commit messages.
    return bool(ref) and ref[0] not in "-^:" and ref.isprintable() and ref.strip() == ref


def _is_tree_path(path: str) -> bool:
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return False
    try:
        return bool(_argument(path))
    except UnicodeEncodeError:  # a surrogate that stands for no byte: no file is named so
        return False


def _argument(path: str) -> str:
    # The name's bytes, whatever the encoding that this interpreter uses for file names.
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))


def _paths(listing: bytes) -> tuple[str, ...]:
    return tuple(_decode(name) for name in listing.split(b"\0") if name)


def _decode(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _index_blobs(listing: bytes) -> Iterator[tuple[str, str]]:
    r"""(path, object) of regular files in `ls-files -s -z`: `100644 <object> <stage>\t<path>`."""
    for entry in filter(None, listing.split(b"\0")):
        facts, _, path = entry.partition(b"\t")
        mode, name, stage = facts.split(b" ")
        if mode.startswith(b"100") and stage == b"0":  # other stages are sides of a conflict
            yield _decode(path), name.decode("ascii")


def _tree_blobs(listing: bytes) -> Iterator[tuple[str, str]]:
    r"""(path, object) of regular files in `ls-tree -z`: `100644 blob <object>\t<path>`."""
    for entry in filter(None, listing.split(b"\0")):
        facts, _, path = entry.partition(b"\t")
        mode, _, name = facts.split(b" ")
        if mode.startswith(b"100"):
            yield _decode(path), name.decode("ascii")


def _batch_contents(answer: bytes) -> Iterator[tuple[str, bytes]]:
    r"""(object, content) from `cat-file --batch`: `<object> blob <size>\n<content>\n`."""
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        name, kind, *size = answer[at:end].decode("ascii").split(" ")
        at = end + 1
        if kind == "blob":
            length = int(size[0])
            yield name, answer[at : at + length]
            at += length + 1


def _batch_sizes(answer: bytes) -> Iterator[tuple[str, int]]:
    """(object, bytes) from `cat-file --batch-check`: `<object> blob <size>`."""
    for line in answer.decode("ascii").splitlines():
        name, kind, *size = line.split(" ")
        if kind == "blob":
            yield name, int(size[0])


def _empty_tree(object_format: str) -> str:
    return EMPTY_TREE_SHA256 if object_format == "sha256" else EMPTY_TREE


def _path_line(output: bytes) -> Path:
    return Path(os.fsdecode(output.removesuffix(b"\n")))


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "")
