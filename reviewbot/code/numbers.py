"""Index forms worked out for many turns of loops at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.code.events import THREAD, Guard, Loop, Quotients
from reviewbot.code.library import SIZES
from reviewbot.code.loops import ends_of
from reviewbot.code.selections import PLUS
from reviewbot.code.values import CLAMPED, OPAQUE, RANGE, Form

Array: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
MAX_DEPTH = 12  # of operations within operations
MAX_PARTS = 200  # that a form is made of, as far as they are looked at
MAX_FACTOR = 1 << 20  # greater ones are there to overflow
MAX_VALUE = 1 << 31  # beyond it C may wrap
MAX_NUMBER = 1 << 62  # that is written
TEAM = 4  # threads, where nobody says how many
UNTOLD = (OPAQUE - {"mod", "div"}) | {RANGE, "serial"}
_NAME = re.compile(r"[A-Za-z_][\w.]*(?:->\w+)*(?:@\d+)?")
_SIZE = re.compile("(?:" + "|".join(sorted(SIZES)) + r")\d?")


class Untold(Exception):
    """A number that cannot be worked out."""


def _divided(left: Array, right: Array) -> Array:
    quotient = np.abs(left) // np.abs(right)
    return np.where((left < 0) != (right < 0), -quotient, quotient)


_OPERATIONS: dict[str, Callable[[Array, Array], Array]] = {
    PLUS: np.add,
    "/": _divided,
    "%": np.fmod,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
    "<<": lambda left, right: left << np.minimum(right, 31),
    ">>": lambda left, right: left >> np.minimum(right, 62),
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "&&": np.logical_and,
    "||": np.logical_or,
}


class Numbers:
    """The values of names in all turns that are tried; of those that nobody knows, one each.

    Where no `values` are given to choose from, what nobody knows is untold.
    """

    untold, untold_ends = UNTOLD, UNTOLD - {CLAMPED}  # marks of forms, and of the ends of ranges

    def __init__(
        self,
        made: Quotients,
        formulas: Quotients,
        values: Sequence[int],
        beyond: int = 0,
        *,
        large: bool = False,
    ) -> None:
        self._made, self._formulas, self._values = made, formulas, values
        self._beyond = beyond  # by how much the ends of ranges are greater
        self._large = large  # whether all else is as much greater, and the team larger
        self._in_range = False
        self._asking = False  # whether what is worked out is a condition: often one of 0 and 1
        self._given: dict[str, int] = {}  # to names that nobody knows
        self._outer: Mapping[str, Loop] = {}
        self.env: dict[str, Array] = {}
        self._results: dict[str, Array] = {}  # of operations, in these turns
        self.cut = False  # whether some turns were left out

    def __len__(self) -> int:
        """How many turns there are."""
        return len(self.env[""])

    @property
    def nought(self) -> Array:
        """The number 0 in each turn."""
        return np.zeros(len(self), np.int64)

    @property
    def guesses(self) -> bool:
        """Whether names stand in the forms that nobody knows the value of."""
        return bool(self._given)

    def is_told(self, form: Form, *, end: bool = False) -> bool:
        """Whether a form follows from turns and sizes; the end of a range may be cut short."""
        return form.marks.isdisjoint(self.untold_ends if end else self.untold)

    def names(self, form: Form) -> set[str]:
        """All names that decide a form's value."""
        parts = self._made_of(form)
        if len(parts) >= MAX_PARTS:
            raise Untold
        return {name for part in parts for name in part.names}

    def greatest(self, form: Form) -> int:
        """The greatest factor or distance that a form is written with."""
        parts = self._made_of(form)
        factors = (abs(factor) for part in parts for _, factor in part.terms)
        return max([*(abs(part.constant) for part in parts), *factors])

    def _made_of(self, form: Form) -> list[Form]:
        """A form, and those of which its operations are made, each once."""
        found, seen = [form], set[str]()
        for part in found:  # which grows
            for name in part.names - seen if len(found) < MAX_PARTS else ():
                seen.add(name)
                found += (self._parts(name) or ())[:2]
        return found

    def _parts(self, name: str) -> tuple[Form, Form, str] | None:
        return self._made.get(name) or self._formulas.get(name)

    # --- turns -----------------------------------------------------------------------------------

    def begin(self, outer: Mapping[str, Loop]) -> None:
        """Start anew with one turn; of the loops `outer` all who ask have the same turn."""
        self.env, self._outer, self._results = {"": np.zeros(1, np.int64)}, outer, {}

    def run(self, loops: Sequence[Loop], most: int) -> None:
        """Set the variables in all turns of all loops; of more than `most` only in some."""
        begun = dict(self.env)
        if self.run_all(loops, most):
            return
        self.env, self.cut, self._results = begun, True, {}
        self._all(loops, max(int(most ** (1 / len(loops))), 2), most)

    def run_all(self, loops: Sequence[Loop], most: int) -> bool:
        """Set the variables in all turns of all loops; False where these are more than `most`."""
        return self._all(loops, most + 1, most)

    def _all(self, loops: Sequence[Loop], each: int, most: int) -> bool:
        """Set the variables in so many turns of each loop; whether that is all of them."""
        for loop in loops:
            low, high, step = self._range(loop, len(self))
            counts = np.maximum(-((low - high) // step), 0)
            turns = np.minimum(counts, each)
            if int(turns.sum()) > most:
                return False
            self._repeat(loop, turns, (low, high, step, counts))
        return True

    def _range(self, loop: Loop, size: int) -> tuple[Array, Array, Array]:
        begin, end = ends_of(loop)
        if loop.name == THREAD and loop.high is None:
            high: Array | None = np.full(size, self._team())
        else:
            high = self._end(end, size)
        low, step = self._end(begin, size), self._end(loop.stride, size)
        if low is None or high is None or step is None or (step <= 0).any():
            raise Untold
        return low, high, step

    def _team(self) -> int:
        self._given[THREAD] = TEAM * TEAM if self._large else TEAM
        return self._given[THREAD]

    def _end(self, form: Form | None, size: int) -> Array | None:
        if form is None or not self.is_told(form, end=True):
            return None
        self._in_range = True
        values = self._value(form, 0)
        self._in_range = False
        return self._sized(values, size)

    def _repeat(self, loop: Loop, turns: Array, ranges: tuple[Array, Array, Array, Array]) -> None:
        """Go on with each of a loop's turns in place of what was before it."""
        low, high, step, counts = ranges
        places: Array = np.repeat(np.arange(len(turns)), turns)
        begins: Array = np.repeat(np.cumsum(turns) - turns, turns)
        turn = np.arange(len(places)) - begins
        last = counts[places] - (turns[places] - turn)  # the first ones, then the last ones
        turn = np.where(turn * 4 < turns[places] * 3, turn, last)
        self.env = {name: values[places] for name, values in self.env.items()}
        self._results = {}
        down = "--" in loop.header or "-=" in loop.header
        up, back = low[places] + turn * step[places], high[places] - 1 - turn * step[places]
        self.env[loop.name] = back if down else up

    def keep(self, guards: Iterable[Guard]) -> None:
        """Leave out the turns in which a condition does not let code run."""
        for guard in guards:
            where = self.holds(guard)
            if where is not None:
                self.env = {name: values[where] for name, values in self.env.items()}
                self._results = {}

    def holds(self, guard: Guard) -> Bools | None:
        """In which turns a condition lets code run; None where nobody knows what it asks."""
        if guard.form is None or not self.is_told(guard.form):
            return None
        self._asking = True
        asked = self.value(guard.form)
        self._asking = False
        return (asked != 0) == guard.holds

    # --- values ----------------------------------------------------------------------------------

    def value(self, form: Form) -> Array:
        """The form's value in each turn."""
        return self._sized(self._value(form, 0), len(self))

    def turn(self, loop: Loop) -> Array:
        """Which of a loop's turns each is, from 0 on."""
        low, stride = ends_of(loop)[0] or Form(), loop.stride or Form((), 1)
        return (self.env[loop.name] - self.value(low)) // np.maximum(self.value(stride), 1)

    def _sized(self, values: Array, size: int) -> Array:
        return values if len(values) == size else np.broadcast_to(values, (size,)).copy()

    def _value(self, form: Form, depth: int) -> Array:
        total = np.array([bounded(form.constant)])
        for monomial, factor in form.terms:
            if abs(factor) > MAX_FACTOR:
                raise Untold
            product = np.array([factor])
            for name in monomial:
                product = _checked(product * self._of(name, depth))
            total = _checked(total + product)
        return total

    def _of(self, name: str, depth: int) -> Array:
        known = self.env.get(name)
        if known is not None:
            return known
        parts = self._parts(name)
        if parts is None:
            return np.array([self._guess(name)])
        if name not in self._results:  # a part of many forms, which are made of one another
            self._results[name] = self._operation(parts, depth)
        return self._results[name]

    def _operation(self, parts: tuple[Form, Form, str], depth: int) -> Array:
        left, right, operator = parts
        if depth > MAX_DEPTH or not (self.is_told(left) and self.is_told(right)):
            raise Untold
        one, two = self._value(left, depth + 1), self._value(right, depth + 1)
        return _checked(self._act(operator, one, two))

    def _act(self, operator: str, one: Array, two: Array) -> Array:
        """What an operation gives in each turn."""
        act = _OPERATIONS.get(operator)
        if act is None or (operator in "/%" and not two.all()):
            raise Untold
        if operator in ("<<", ">>") and (two < 0).any():
            raise Untold
        return act(one, two).astype(np.int64)

    def _guess(self, name: str) -> int:
        """A value for a name that nobody knows, the same wherever it stands."""
        if name not in self._given:
            if not self._values or not _NAME.fullmatch(name) or name.startswith("call@"):
                raise Untold
            self._given[name] = self._team() if _SIZE.fullmatch(name) else self._next(name)
        return self._given[name]

    def _next(self, name: str) -> int:
        value = self._values[len(self._given) % len(self._values)]
        if self._asking:
            value %= 2
        elif self._in_range or self._large:
            value += self._beyond
        loop = self._outer.get(name)
        if loop is None or loop.low is None or not loop.low.is_constant:
            return value
        ends = [end.constant if end and end.is_constant else 0 for end in (loop.high, loop.stride)]
        low, step = loop.low.constant, max(ends[1], 1)
        return low + (value * step if low + value * step < ends[0] or not ends[0] else 0)


def _checked(values: Array) -> Array:
    if len(values) and (values.max() > MAX_VALUE or values.min() < -MAX_VALUE):
        raise Untold
    return values


def bounded(number: int) -> int:
    """A number as it is written, where it is one of those that C counts by."""
    if abs(number) >= MAX_NUMBER:
        raise Untold
    return number
