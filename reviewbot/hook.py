"""What a git hook is asked about, and whether any of it can be parallel.

On the hook's fast path: most commits hold no parallel code, and for them nothing but `argparse`,
`process`, `git`, `prefilter`, `utf16` and `errors` may be imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reviewbot.code.prefilter import is_c_family, may_be_parallel
from reviewbot.errors import CannotFindMergeBase, CannotReadRevision
from reviewbot.git import Repository
from reviewbot.utf16 import as_utf8

Range = tuple[str, str]  # (base, head): the base is a commit, or the empty tree


def staged_is_quiet(repository: Repository) -> bool:
    """Whether nothing that is staged can be parallel code."""
    return _are_quiet(repository, None, repository.staged_paths())


def range_is_quiet(repository: Repository, base: str, head: str) -> bool:
    """Whether nothing that differs between two revisions is parallel code in the head."""
    return base == head or _are_quiet(repository, head, repository.changed_paths(base, head))


def _are_quiet(repository: Repository, revision: str | None, paths: Iterable[str]) -> bool:
    contents = repository.read_many(revision, filter(is_c_family, paths)).values()
    # A file too large to be read is not quiet: the review says that it was skipped.
    return not any(
        may_be_parallel(as_utf8(data)) if isinstance(data, bytes) else data for data in contents
    )


def pushed_ranges(
    repository: Repository, environ: Mapping[str, str], lines: Iterable[str] | None
) -> tuple[Range, ...]:
    """What a push brings: from pre-commit's environment, else from git's lines on standard input.

    `lines` is None if a person runs the hook by hand: then it is HEAD that would be pushed.
    """
    head, base = environ.get("PRE_COMMIT_TO_REF"), environ.get("PRE_COMMIT_FROM_REF")
    if head and base:
        pairs: Iterable[tuple[str, str]] = [(head, base)]
    elif "PRE_COMMIT" in environ or lines is None:
        # pre-commit names no range if the remote has nothing yet: it then asks for all files.
        pairs = [(environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD", "")]
    else:
        pairs = _pushed(lines)
    ranges = (_range(repository, head, base) for head, base in pairs)
    return tuple(dict.fromkeys(found for found in ranges if found))


def _pushed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(local object, remote object) of `<local ref> <object> <remote ref> <object>` lines."""
    for line in lines:
        # From the right: a local ref may be any expression that the user typed.
        fields = line.rsplit(maxsplit=3)
        if len(fields) == 4 and fields[1].strip("0"):  # all zeros: the remote ref is deleted
            yield fields[1], fields[3]


def _range(repository: Repository, head: str, base: str) -> Range | None:
    """The commits that are new to the remote, or None if what is pushed is not a commit."""
    try:
        head = repository.resolve(head)
    except CannotReadRevision:  # a tag of a tree or a blob
        return None
    try:
        return repository.merge_base(base, head), head
    except (CannotReadRevision, CannotFindMergeBase):
        # New to the remote (all zeros), not fetched, or without a common past.
        return repository.remote_tracking_base(head) or repository.empty_tree, head
