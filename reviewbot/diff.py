r"""git's unified diff → what changed in each file, with exact line numbers.

Sections and headers are read here, as bytes: git's quoting, paths with spaces and changes without
hunks are beyond unidiff. Hunk bodies are unidiff's, fed line by line, split at "\n" alone, because
a form feed or U+2028 within a source line is no line end to git.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from reviewbot.records import Change, FileDiff, Hunk, Skipped

_TITLE = b"diff --git "
# The combined formats of a merge have no single base; git gives them only for conflicts here.
_UNMERGED = b"* Unmerged path "
_COMBINED = (b"diff --cc ", b"diff --combined ")
_STARTS = (_TITLE, _UNMERGED, *_COMBINED)
_FIELDS = (
    b"old mode ",
    b"new mode ",
    b"new file mode ",
    b"deleted file mode ",
    b"rename from ",
    b"rename to ",
    b"copy from ",
    b"copy to ",
    b"index ",
    b"--- ",
    b"+++ ",
    b"Binary files ",
    b"GIT binary patch",
)
_HUNK = re.compile(rb"@@ -\d{1,9}(?:,\d{1,9})? \+\d{1,9}(?:,\d{1,9})? @@")
_BODY = b"+- \\"
_SYMLINK, _SUBMODULE = b"120000", b"160000"
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb'\\([0-3][0-7]{2}|[abfnrtv"\\])')
_ESCAPED = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))
_WRONG_LENGTH = "its hunks do not hold the lines that their headers announce"


class _MalformedError(ValueError):
    """A section is not what git writes; the message is the reason shown to the user."""


def parse_diff(data: bytes) -> tuple[FileDiff | Skipped, ...]:
    """Changes of each file in git's order; Skipped with the reason where a section cannot be read.

    Takes any bytes and never raises. Symlinks and submodules have no hunks: theirs are not lines
    of a file. Undecodable bytes in paths are kept as surrogate escapes.
    """
    return tuple(_join_type_changes(map(_parse_section, _sections(data))))


def _sections(data: bytes) -> Iterator[list[bytes]]:
    """Lines of one file each. Within hunks every line has a prefix, so no content starts one."""
    section: list[bytes] = []
    for line in data.removesuffix(b"\n").split(b"\n"):
        if line.startswith(_STARTS) and section:
            yield section
            section = []
        section.append(line)
    if section != [b""]:
        yield section


def _parse_section(lines: list[bytes]) -> FileDiff | Skipped:
    title = lines[0]
    if title.startswith(_UNMERGED):
        return Skipped(path=_text(title[len(_UNMERGED) :]), reason="its merge conflict is unsolved")
    if title.startswith(_COMBINED):
        path = _text(title.split(b" ", 2)[2])
        return Skipped(path=path, reason="the diff of a merge has more than one base")
    if not title.startswith(_TITLE):
        return Skipped(path="", reason="text that is not part of a git diff")
    try:
        return _parse_file(lines)
    except _MalformedError as exc:
        return Skipped(path=_path_for_message(lines), reason=str(exc))


def _parse_file(lines: list[bytes]) -> FileDiff:
    first = next((at for at, line in enumerate(lines) if line.startswith(b"@@ ")), len(lines))
    fields = _fields(lines[1:first])
    old_path, path = _file_paths(lines[0], fields)
    mode = _mode(fields)
    change = _change(fields)
    special = mode in (_SYMLINK, _SUBMODULE)
    return FileDiff(
        path=old_path if change is Change.DELETED else path,
        old_path=None if change is Change.ADDED else old_path,
        change=change,
        hunks=() if special else _hunks(lines[first:]),
        binary=b"Binary files " in fields or b"GIT binary patch" in fields,
        submodule=mode == _SUBMODULE,
        symlink=mode == _SYMLINK,
    )


def _fields(header: Iterable[bytes]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in header:
        for name in _FIELDS:
            if line.startswith(name):
                fields.setdefault(name, line[len(name) :])
    return fields


def _change(fields: dict[bytes, bytes]) -> Change:
    signs = {
        b"new file mode ": Change.ADDED,
        b"deleted file mode ": Change.DELETED,
        b"rename from ": Change.RENAMED,
        b"copy from ": Change.COPIED,
    }
    return next((change for sign, change in signs.items() if sign in fields), Change.MODIFIED)


def _mode(fields: dict[bytes, bytes]) -> bytes:
    """The head's mode, the base's if the file was deleted; empty if the diff does not tell."""
    for name in (b"new file mode ", b"new mode ", b"deleted file mode "):
        if name in fields:
            return fields[name].strip()
    return fields.get(b"index ", b"").partition(b" ")[2].strip()


def _file_paths(title: bytes, fields: dict[bytes, bytes]) -> tuple[str, str]:
    """Paths in base and head. The title is ambiguous unless both are the same, so it comes last."""
    old = _moved(fields, b"rename from ", b"copy from ") or _labelled(fields, b"--- ")
    new = _moved(fields, b"rename to ", b"copy to ") or _labelled(fields, b"+++ ")
    old, new = old or new, new or old
    if old is None or new is None:
        old = new = _titled(title)
    return _text(old), _text(new)


def _moved(fields: dict[bytes, bytes], *names: bytes) -> bytes | None:
    return next((_unquote(fields[name]) for name in names if name in fields), None)


def _labelled(fields: dict[bytes, bytes], name: bytes) -> bytes | None:
    """Path of a `--- a/path` line; git ends it with a tab if the path contains a space."""
    label = fields.get(name, b"/dev/null").removesuffix(b"\t")
    return None if label == b"/dev/null" else _without_prefix(_unquote(label))


def _titled(title: bytes) -> bytes:
    r"""Path of `diff --git a/path b/path`, given that both are the same."""
    names = title[len(_TITLE) :]
    if names.startswith(b'"'):
        quoted = _QUOTED.match(names)
        return _without_prefix(_unquote(quoted[0] if quoted else names))
    middle = len(names) // 2
    old, new = names[:middle], names[middle + 1 :]
    if names[middle : middle + 1] != b" " or old[2:] != new[2:]:
        raise _MalformedError("the diff does not name the file clearly")
    return _without_prefix(old)


def _without_prefix(name: bytes) -> bytes:
    if name[:2] not in (b"a/", b"b/") or len(name) == 2:
        raise _MalformedError("the diff does not name the file as a/… and b/…")
    return name[2:]


def _unquote(name: bytes) -> bytes:
    r"""Undo git's C-style quoting: "caf\303\251.c" in quotes is the bytes of café.c."""
    if not name.startswith(b'"'):
        return name
    quoted = _QUOTED.fullmatch(name)
    if quoted is None or b"\\" in _ESCAPE.sub(b"", quoted[1]):
        raise _MalformedError("the file's name is quoted in a way that git does not use")
    return _ESCAPE.sub(_unescape, quoted[1])


def _unescape(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8) if len(code) == 3 else _ESCAPED[code[0]]])


def _hunks(lines: list[bytes]) -> tuple[Hunk, ...]:
    if not lines:
        return ()
    headers = _checked_headers(lines)
    # Lazy, as are all users of this module on the hook's path: most commits have no diff to read.
    from unidiff import PatchSet
    from unidiff.errors import UnidiffParseError

    # Latin-1 maps every byte to one character and never fails; only the first of each line counts.
    body = (line.decode("latin-1") + "\n" for line in lines)
    try:
        patch = PatchSet(iter(["--- a/file\n", "+++ b/file\n", *body]))
    except (UnidiffParseError, ValueError, IndexError) as exc:
        raise _MalformedError(_WRONG_LENGTH) from exc
    read = sum(map(len, patch[0])) + len(patch[0]) if len(patch) == 1 else 0
    if len(patch[0]) != headers or read != len(lines):  # unidiff drops lines that it cannot place
        raise _MalformedError(_WRONG_LENGTH)
    return tuple(map(_hunk, patch[0]))


def _checked_headers(lines: list[bytes]) -> int:
    """Number of hunk headers; every other line must be a hunk's, whatever unidiff would allow."""
    headers = 0
    for line in lines:
        if line.startswith(b"@@"):
            if not _HUNK.match(line):
                raise _MalformedError("a hunk's header cannot be read")
            headers += 1
        elif line and line[0] not in _BODY:
            raise _MalformedError("a line within its hunks cannot be read")
    return headers


def _hunk(hunk: Any) -> Hunk:  # a unidiff.Hunk; the library is imported lazily
    return Hunk(
        old_start=hunk.source_start,
        old_length=hunk.source_length,
        new_start=hunk.target_start,
        new_length=hunk.target_length,
        added=tuple(line.target_line_no for line in hunk if line.is_added),
        removed=tuple(line.source_line_no for line in hunk if line.is_removed),
    )


def _join_type_changes(files: Iterable[FileDiff | Skipped]) -> Iterator[FileDiff | Skipped]:
    """A file that becomes a symlink, or the reverse: git writes a deletion, then an addition."""
    held: FileDiff | None = None
    for file in files:
        if held is not None and isinstance(file, FileDiff) and _is_other_half(held, file):
            yield replace(file, change=Change.TYPE_CHANGED, old_path=held.path)
            held = None
            continue
        if held is not None:
            yield held
        held = file if isinstance(file, FileDiff) and file.change is Change.DELETED else None
        if held is None:
            yield file
    if held is not None:
        yield held


def _is_other_half(deleted: FileDiff, added: FileDiff) -> bool:
    return added.change is Change.ADDED and added.path == deleted.path


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


def _path_for_message(lines: list[bytes]) -> str:
    """The best name that a section without a readable header can be called by."""
    try:
        return _file_paths(lines[0], _fields(lines[1:20]))[1]
    except _MalformedError:
        return _text(lines[0][len(_TITLE) :][:200])
