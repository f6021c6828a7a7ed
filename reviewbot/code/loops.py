"""What a loop's header says: its step, its range, and its text without names and types."""

from __future__ import annotations

import re
from collections.abc import Callable

from reviewbot.code.events import Event, Loop
from reviewbot.code.values import Form, Value
from reviewbot.code.words import IDENTIFIER

# A comparison with its sides exchanged.
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}
ANY_WAY = "?"  # up and down
_UP = re.compile(r"\+\+|\+=|=\s*(\w+)\s*\+\s*[\w.]+\s*$")
_DOWN = re.compile(r"--|-=|=\s*(\w+)\s*-\s*[\w.]+\s*$")


def loop_step(update: str) -> str:
    """1 for a loop that visits every value, n for one that leaves some out, else ?."""
    text = "".join(update.split())
    if "++" in text or "--" in text or re.search(r"[-+]=1$", text):
        return "1"
    return "n" if re.search(r"[-+*/]=|<<=|>>=|=\w+[-+*/]", text) else "?"


def position(value: Value) -> Form | None:
    """The number, or the index of the element pointed to."""
    target = value.target
    if value.form is None and target is not None and target.elements:
        return target.elements[-1].form if not target.elements[-1].field else None
    return value.form


def towards(operator: str, update: str) -> str:
    """The comparison of a loop's condition, where `!=` says neither on which side its end is.

    `i != 0; i--` counts down, and `x != 1; x = x % 2 ? 3 * x + 1 : x / 2` goes any way.
    """
    if operator != "!=" or not update or _UP.search(update):
        return operator
    return ">" if _DOWN.search(update) else ANY_WAY


def loop_range(
    begin: Form | None, operator: str, end: Form | None
) -> tuple[Form | None, Form | None]:
    """[low, high) of a loop that goes from `begin` while its variable is `operator` `end`."""
    if operator == ANY_WAY:
        return None, None
    one = Form((), 1)
    if operator in (">", ">="):
        low = end.plus(one) if end is not None and operator == ">" else end
        return low, begin.plus(one) if begin is not None else None
    high = end.plus(one) if end is not None and operator == "<=" else end
    return (begin, high) if operator else (begin, None)


def is_pulled(loop: Loop) -> bool:
    """Whether a range is as long where its begin was cut: `[min(k * B, n - B), … + B)`.

    It overlaps that of the neighbour wherever it was; who tries turns may tell that it never is.
    """
    low, high = loop.low, loop.high
    if low is None or high is None or low.exact is None or high.exact is None:
        return False
    length = high.exact.plus(low.exact, -1)
    return length.is_constant and length.constant > 1


def ends_of(loop: Loop) -> tuple[Form | None, Form | None]:
    """[low, high) as it is tried: a range that was pulled back, from where it was pulled to."""
    if loop.low is not None and loop.high is not None and is_pulled(loop):
        return loop.low.exact, loop.high.exact
    return loop.low, loop.high


def takes_place(loop: Loop) -> bool:
    """Whether a loop has a turn for sure: `for (i = 0; i < 3; i++)`."""
    low, high = loop.low, loop.high
    known = low is not None and high is not None and low.is_constant and high.is_constant
    return known and low is not None and high is not None and low.constant < high.constant


# Other ways to write `for ($ = 0; $ < n; $++)`, blanks left out: what none is without, to look
# for that first is cheaper; the way, and the plain one.
_SPELLINGS: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("$", re.compile(r"\+\+\$|\$\+=1\b|\$=\$\+1\b|\$=1\+\$"), "$++"),
    ("$", re.compile(r"--\$|\$-=1\b|\$=\$-1\b"), "$--"),
    ("$<=", re.compile(r"\$<=([\w.>-]+)-1(?=;)"), r"$<\1"),
    ("$<=", re.compile(r"\$<=(\d+)(?=;)"), lambda match: f"$<{int(match[1]) + 1}"),
    (">$;", re.compile(r"(?<=;)([\w.]+)>\$(?=;)"), r"$<\1"),
    (";$!=", re.compile(r"(?<=;)\$!=(?=[^;]*;\$\+\+)"), "$<"),
    ("-1;$>=0;$--", re.compile(r"\$=([\w.>-]+)-1;\$>=0;\$--"), r"$=0;$<\1;$++"),
    (
        ";$>=0;$--",
        re.compile(r"\$=(\d+);\$>=0;\$--"),
        lambda match: f"$=0;$<{int(match[1]) + 1};$++",
    ),
    ("{0}", re.compile(r"\{0\}"), "=0"),
)


_OWN = frozenset({"seq-pv", "seq-tid", "seq-targ"})
_LAST = re.compile(r"(?<![<>=])<=(?!=)(?![^;]*-\s*1\s*[;)&])")


def ends(first: Event, second: Event) -> list[tuple[str, str]]:
    """Whether a thread's own range, of which nothing more is known, is taken with its end."""
    for event in (first, second):
        forms = [e.form for e in event.path.elements if not e.field]
        names = {name for form in forms if form.marks & _OWN for name in form.names}
        if any(loop.name in names and _LAST.search(loop.header) for loop in event.loops):
            return [("ends", "inclusive")]
    return []


def loop_bounds(loop: Loop) -> str:
    """A loop header's text with its variable's name and types left out, to compare two loops."""
    text = re.sub(r"\b(int|unsigned|long|size_t|auto|std::size_t)\b|\s+", "", loop.header)[:120]
    name = loop.name.partition("@")[0]
    if not name:
        return text
    text = IDENTIFIER.sub(lambda match: "$" if match[0] == name else match[0], text)
    for mark, written, plain in _SPELLINGS:
        text = written.sub(plain, text) if mark in text else text
    return text
