"""Memory that each thread makes for itself and finds again by a key, or by a pointer of its own.

`m = pthread_getspecific(key); if (!m) { m = calloc(…); pthread_setspecific(key, m); }` and
`static __thread T *m; if (!m) m = malloc(…);` lead no two threads to one place, unless a thread
puts the pointer where others find it, or keeps one to what they all have.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left

from reviewbot.code.assigned import assignments
from reviewbot.code.lending import Lending
from reviewbot.code.library import MAKERS
from reviewbot.code.parse import Parsed
from reviewbot.code.symbols import Symbol

_GETS = frozenset({"pthread_getspecific", "tss_get"})
_SETS = re.compile(
    r"\b(?:pthread_setspecific|tss_set)\s*\([^(),;]{1,80},\s*(?:\([\w\s*]{1,60}\)\s*)?"
    r"([^;]{1,80}?)\)\s*(?:[;,)]|[!=]=)"
)
_GIVEN = re.compile(
    r"\w+\s*=\s*(?:\([\w\s*]{1,60}\)\s*)?"
    r"(?:(?P<call>\w+)\s*\(|(?P<nothing>(?:NULL|nullptr|0)\s*[;,)])|(?P<made>new\b))"
)
# Parts of the names of functions that may let others have what they are given.
_HANDS_ON = "create|spawn|regist|add|insert|push|queue|link|attach|submit|send|post"
MAX_GIVEN = 16  # assignments of one pointer
MAX_SET = 16  # calls that keep a pointer for the thread


class Specific(Lending):
    """Tells pointers to memory of the thread's own from those to what others may have."""

    parsed: Parsed
    text: str

    def of_thread(self, root: Symbol, *, through: bool) -> str:
        """The rule for a variable that each thread has, or for what its pointer leads to."""
        found = super().of_thread(root, through=through)
        own = found == "pointee" and root.pointer == 1 and self._is_own(root, 0, len(self.text))
        return "threadprivate" if own else found

    def of_key(self, root: Symbol) -> bool:
        """Whether a local pointer is what the thread has kept for itself under a key."""
        if not self._all_kept_are_own or root.storage != "auto" or root.pointer != 1:
            return False
        known = self._by_key.get(root.offset)
        if known is None:
            begin, end = self._function_around(root.offset)
            got = any(call in _GETS for call in self._given(root.name, begin, end) or ())
            known = self._by_key[root.offset] = got and self._is_own(root, begin, end)
        return known

    @functools.cached_property
    def _by_key(self) -> dict[int, bool]:
        return {}

    @functools.cached_property
    def _own_pointers(self) -> dict[tuple[str, int], bool]:
        return {}

    @functools.cached_property
    def _all_kept_are_own(self) -> bool:
        """Whether all that is kept under keys is memory which the thread that keeps it has made."""
        if not any(get in self.text for get in _GETS):
            return False
        kept = [match for _, match in zip(range(MAX_SET), _SETS.finditer(self.text), strict=False)]
        return 0 < len(kept) < MAX_SET and all(self._keeps_own(match) for match in kept)

    def _keeps_own(self, kept: re.Match[str]) -> bool:
        name = kept[1].strip()
        if name in ("NULL", "nullptr", "0"):
            return True
        begin, end = self._function_around(kept.start())
        made = name.isidentifier() and bool(self._given(name, begin, end))
        return made and not self._is_shown(name, begin, end)

    def _is_own(self, root: Symbol, begin: int, end: int) -> bool:
        known = self._own_pointers.get((root.name, begin))
        if known is None:
            given = self._given(root.name, begin, end)
            known = bool(given) and not self._is_shown(root.name, begin, end)
            self._own_pointers[root.name, begin] = known
        return known

    def _given(self, name: str, begin: int, end: int) -> list[str] | None:
        """The calls whose memory a pointer is given; None if it is given anything else."""
        places = assignments(self.text).get(name, [])
        places = places[bisect_left(places, begin) : bisect_left(places, end)]
        calls = []
        for place in places[: MAX_GIVEN + 1]:
            given = _GIVEN.match(self.text, place)
            if given is None or (given["call"] and given["call"] not in MAKERS | _GETS):
                return None
            calls += [] if given["nothing"] else [given["call"] or "new"]
        return calls if len(places) <= MAX_GIVEN else None

    def _is_shown(self, name: str, begin: int, end: int) -> bool:
        """Whether the pointer, or its address, is stored somewhere."""
        stored = re.compile(
            rf"(?<![=!<>])=\s*(?:\([\w\s*]{{1,60}}\)\s*)?{name}\s*[;,)}}]"
            rf"|(?<!&)&{name}\b(?!\s*(?:->|\[|\.))"
            rf"|\b\w{{0,40}}(?:{_HANDS_ON})\w{{0,40}}\s*\([^;{{}}]{{0,200}}\b{name}\b(?!\s*(?:->|\[))"
        )
        return stored.search(self.text, begin, end) is not None

    def _function_around(self, offset: int) -> tuple[int, int]:
        node = self.parsed.root.descendant_for_byte_range(offset, offset + 1)
        while node is not None and node.type != "function_definition":
            node = node.parent
        return (node.start_byte, node.end_byte) if node is not None else (0, len(self.text))
