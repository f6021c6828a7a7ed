"""Whether subscripts can agree where loops and conditions bound their variables by one another.

`d[i][j] = d[j][i] = x` with `j > i`, `if (r != k) m[r][c] -= m[k][c]`: strides alone do not tell.
Each bound, each condition and each agreement of two subscripts is a difference of two numbers that
is at most a third; such a system has no solution if a cycle of it is negative (Bellman 1958,
Shostak 1981).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reviewbot.code.dependence import ONE, ZERO, bounds_of, positive
from reviewbot.code.events import THREAD, Event, Loop, Quotients, Side
from reviewbot.code.values import BY_THREAD, CLAMPED, OPAQUE, Form, Monomial

# Numbers of which two readings by one name need not be one.
_UNSURE = OPAQUE - {"mod", "div", CLAMPED}
_NAMED = re.compile(r"[\w@#.\[\]>-]+")  # a name; anything else is the text of an operation
_MOST = 40  # differences of one system
_DEEP = 6  # conditions within one another
_ROWS = 3  # by which one subscript names several: planes, rows, columns
_WIDE = 8  # numbers of columns; what is less is a stride
_ORDER = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_EQUAL, _BOTH = ("==", "!="), ("&&", "||")
Difference = tuple[str, str, int]  # one number less another is at most
Atom = tuple[str, Form, Form]  # a comparison that is so
Where = tuple[Event, Side]


@dataclass(slots=True)
class System:
    """Differences that hold together, and those numbers of which not all are 0."""

    bounds: list[Difference] = field(default_factory=list)
    unequal: list[Form] = field(default_factory=list)

    def add(self, form: Form) -> bool:
        """Let a form be at most 0; whether it says no more than that of a difference."""
        told = _difference(form)
        if told is not None and len(self.bounds) < _MOST:
            self.bounds.append(told)
        return told is not None

    def equal(self, form: Form) -> bool:
        """Let a form be 0."""
        return self.add(form) and self.add(ZERO.plus(form, -1))

    def without(self, *forms: Form) -> bool:
        """Whether there is no solution in which these forms are at most 0, too."""
        more = [told for form in forms if (told := _difference(form)) is not None]
        return len(more) == len(forms) and _contradicts([*self.bounds, *more])

    def forces(self, form: Form) -> bool:
        """Whether a form is 0 in each solution."""
        return self.without(form.plus(ONE)) and self.without(ZERO.plus(form, -1).plus(ONE))


def agreement(
    pairs: Sequence[tuple[Form, Form]],
    first: Where,
    second: Where,
    alike: frozenset[str],
    quotients: Quotients,
) -> str:
    """Never | same | "": in which turns of what is divided the subscripts agree.

    `alike` are variables of loops around whose turns all threads take together.
    """
    system = System()
    names = [
        _Names(side, number, alike, quotients) for number, (_, side) in enumerate((first, second))
    ]
    if any(_leaves_row(pairs, number, own) for number, own in enumerate(names)):
        return ""
    told = [_agree(pair, (first, second), names, system) for pair in pairs]
    if not any(told):
        return ""
    for (event, side), own in zip((first, second), names, strict=True):
        _bound(system, event, side, own)
        _ask(system, event, own, quotients)
    if system.without() or any(system.forces(form) for form in system.unequal):
        return "never"
    divided = [
        {rank: own.of(n) for n, rank in side.divided.items()}
        for (_, side), own in zip((first, second), names, strict=True)
    ]
    if not divided[0] or divided[0].keys() != divided[1].keys():
        return ""
    apart = (_plain(divided[0][rank]).plus(_plain(divided[1][rank]), -1) for rank in divided[0])
    return "same" if all(system.forces(form) for form in apart) else ""


def _plain(name: str) -> Form:
    return Form((((name,), 1),))


# --- names ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Names:
    """Which names of one side are its own: another thread may have another number there."""

    side: Side
    number: int
    alike: frozenset[str]
    quotients: Quotients

    def of(self, name: str) -> str:
        """The name by which the system knows a number."""
        return f"{name}'{self.number}" if self.is_own(name) else name

    def is_own(self, name: str, depth: int = 0) -> bool:
        if name in self.alike:
            return False
        if name in self.side.loops or name in self.side.divided or name.startswith(THREAD):
            return True
        made = self.quotients.get(name)
        if made is None or depth > _DEEP:
            return made is not None or not _NAMED.fullmatch(name)
        return any(self.is_own(n, depth + 1) for part in made[:2] for n in part.names)

    def renamed(self, form: Form | None) -> Form | None:
        """The form by the system's names; None if its names do not tell where it lies."""
        if form is None or form.marks & _UNSURE:
            return None
        if form.marks & BY_THREAD and not any(map(self.is_own, form.names)):
            return None
        terms = [(tuple(sorted(map(self.of, m))), c) for m, c in form.terms]
        return Form(tuple(sorted(terms)), form.constant)


def _leaves_row(pairs: Sequence[tuple[Form, Form]], number: int, names: _Names) -> bool:
    """Whether a column may be one of another row: `t[0][k * width + j]`, `t[i][-1]`."""
    forms = [pair[number] for pair in pairs]
    for row, form in itertools.pairwise(forms):
        far = any(len(m) > 1 or abs(c) > 1 for m, c in form.terms if any(map(names.is_own, m)))
        if (row.is_constant and far) or (form.is_constant and form.constant < 0):
            return True
    return False


# --- what is known -------------------------------------------------------------------------------


def _bound(system: System, event: Event, side: Side, names: _Names) -> None:
    """The ranges of the loops around an access."""
    for loop in {**{loop.name: loop for loop in event.loops if loop.name}, **side.loops}.values():
        low, high = names.renamed(loop.low), names.renamed(loop.high)
        variable = _plain(names.of(loop.name))
        if low is not None:
            system.add(low.plus(variable, -1))
        if high is not None:
            system.add(variable.plus(ONE).plus(high, -1))


def _ask(system: System, event: Event, names: _Names, quotients: Quotients) -> None:
    """The comparisons under which an access is made."""
    for guard in event.guards[-_DEEP:]:
        for sign, left, right in atoms(guard.form, guard.holds, quotients, 0):
            one, two = names.renamed(left), names.renamed(right)
            if one is None or two is None or CLAMPED in left.marks | right.marks:
                continue
            less = one.plus(two, -1)
            if sign == "==":
                system.equal(less)
            elif sign == "!=":
                system.unequal.append(less)
            elif sign in ("<", "<="):
                system.add(less.plus(ONE) if sign == "<" else less)
            else:
                system.add(ZERO.plus(less, -1).plus(ONE if sign == ">" else ZERO))


def atoms(form: Form | None, holds: bool, quotients: Quotients, depth: int) -> Iterator[Atom]:
    """The comparisons that a condition is made of, as they are where it holds, or does not."""
    made = _made(form, quotients) if form is not None and depth < _DEEP else None
    if made is None:
        return
    left, right, sign = made
    if sign in _BOTH:
        if holds == (sign == "&&"):
            yield from atoms(left, holds, quotients, depth + 1)
            yield from atoms(right, holds, quotients, depth + 1)
    elif sign in _EQUAL and right == ZERO and _is_asked(left, quotients):
        yield from atoms(left, holds == (sign == "!="), quotients, depth + 1)
    elif sign in _EQUAL:
        yield ("==" if holds == (sign == "==") else "!="), left, right
    elif sign in _ORDER:
        yield (sign if holds else _ORDER[sign]), left, right


def _is_asked(form: Form, quotients: Quotients) -> bool:
    """Whether a number is the answer of a comparison: `!(r != k)` asks whether it is 0."""
    made = _made(form, quotients)
    return made is not None and (made[2] in _ORDER or made[2] in _EQUAL or made[2] in _BOTH)


def _made(form: Form, quotients: Quotients) -> tuple[Form, Form, str] | None:
    if len(form.terms) != 1 or form.constant or form.terms[0][1] != 1:
        return None
    return quotients.get(form.terms[0][0][0]) if len(form.terms[0][0]) == 1 else None


# --- how subscripts agree ------------------------------------------------------------------------


def _agree(
    pair: tuple[Form, Form], sides: tuple[Where, Where], names: Sequence[_Names], system: System
) -> bool:
    """Let both subscripts be equal; whether that says anything."""
    told = False
    for left, right in _rows(*pair, sides):
        one, two = names[0].renamed(left), names[1].renamed(right)
        if one is not None and two is not None and CLAMPED not in left.marks | right.marks:
            told = system.equal(one.plus(two, -1)) or told
    return told


def unrolled(pair: tuple[Form, Form], first: Where, second: Where) -> list[tuple[Form, Form]]:
    """`i * width + j` as i and j, for any width, if columns are never of another row."""
    around = [Side(loops=_all(event, side)) for event, side in (first, second)]
    found: list[tuple[Form, Form]] = []
    left, right = pair
    for _ in range(_ROWS):
        size = _largest(left, right, around)
        if size is None or not (size[0] or size[1] >= _WIDE):
            break
        (one, left), (two, right) = _over(left, size), _over(right, size)
        found.append((one, two))
    return [*found, (left, right)]


def _rows(left: Form, right: Form, sides: tuple[Where, Where]) -> Iterator[tuple[Form, Form]]:
    """`i * width + j` as i and j, where j stays within the width on both sides."""
    around = [Side(loops=_all(event, side)) for event, side in sides]
    for _ in range(_ROWS):
        size = _largest(left, right, around)
        if size is None:
            break
        (one, rest), (two, other) = _over(left, size), _over(right, size)
        if not (_is_within(rest, size, around[0]) and _is_within(other, size, around[1])):
            break
        yield one, two
        left, right = rest, other
    yield left, right


def _all(event: Event, side: Side) -> dict[str, Loop]:
    return {**{loop.name: loop for loop in event.loops if loop.name}, **side.loops}


def _largest(left: Form, right: Form, around: Sequence[Side]) -> tuple[Monomial, int] | None:
    """By what the outermost variables are multiplied: symbols, and a number."""
    found: set[tuple[Monomial, int]] = set()
    for form, side in zip((left, right), around, strict=True):
        for monomial, coefficient in form.terms:
            rest = tuple([n for n in monomial if n not in side.loops and not n.startswith(THREAD)])
            if len(rest) + 1 == len(monomial):
                found.add((rest, abs(coefficient)))
            elif len(rest) < len(monomial):
                return None
    size = max(found, key=lambda s: (len(s[0]), s[1]), default=None)
    return size if size is not None and size != ((), 1) else None


def _over(form: Form, size: tuple[Monomial, int]) -> tuple[Form, Form]:
    """(quotient, rest) of a form by a size, term by term."""
    whole: list[tuple[Monomial, int]] = []
    rest: list[tuple[Monomial, int]] = []
    constant, symbols, number = 0, *size
    for monomial, coefficient in form.terms:
        left = list(monomial)
        fits = not coefficient % number and all(_taken(left, name) for name in symbols)
        if not fits:
            rest.append((monomial, coefficient))
        elif left:
            whole.append((tuple(left), coefficient // number))
        else:
            constant = coefficient // number
    return Form(tuple(sorted(whole)), constant, form.marks), Form(
        tuple(rest), form.constant, form.marks
    )


def _taken(names: list[str], name: str) -> bool:
    if name not in names:
        return False
    names.remove(name)
    return True


def _is_within(rest: Form, size: tuple[Monomial, int], side: Side) -> bool:
    """Whether what is left of an index is at least 0 and less than the size."""
    low, high = bounds_of(rest, side)
    if low is None or high is None:
        return False
    whole = Form(((size[0], size[1]),)) if size[0] else Form((), size[1])
    return positive(low.plus(ONE)) and positive(whole.plus(high, -1))


# --- systems -------------------------------------------------------------------------------------


def _difference(form: Form) -> Difference | None:
    """What `c * (x - y) + d <= 0` says of x and y, either of which may be missing; None if more."""
    size = math.gcd(*[coefficient for _, coefficient in form.terms]) or 1
    ends = {size: "", -size: ""}
    for monomial, coefficient in form.terms:
        if coefficient not in ends or ends[coefficient]:
            return None
        ends[coefficient] = "*".join(monomial)
    return ends[size], ends[-size], math.floor(-form.constant / size)


def _contradicts(bounds: Iterable[Difference]) -> bool:
    """Whether no numbers satisfy all: a cycle of differences is negative."""
    bounds = list(bounds)
    least: dict[str, int] = dict.fromkeys([n for one, two, _ in bounds for n in (one, two)], 0)
    for _ in range(len(least)):
        changed = False
        for one, two, most in bounds:
            if least[two] + most < least[one]:
                least[one], changed = least[two] + most, True
        if not changed:
            return False
    return True
