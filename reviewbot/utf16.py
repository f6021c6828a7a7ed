"""UTF-16 text, of which the front end sees nothing: git takes it for binary, compilers refuse it.

On the hook's fast path: nothing is imported.
"""

from __future__ import annotations

UNREAD = "UTF-16 text: save it as UTF-8 to have it read"

_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_utf16(data: bytes) -> bool:
    """Whether a byte order mark says that this is UTF-16."""
    return data.startswith(_MARKS)


def as_utf8(data: bytes) -> bytes:
    """The same text in UTF-8, to look for words in; anything but UTF-16 as it is."""
    return data.decode("utf-16", "replace").encode() if is_utf16(data) else data
