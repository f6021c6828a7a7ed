"""Index forms worked out for many turns of loops at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewbot.code.events import THREAD, Loop, Quotients
from reviewbot.code.library import SIZES
from reviewbot.code.values import CLAMPED, OPAQUE, RANGE, Form

Array: TypeAlias = NDArray[np.int64]
MAX_DEPTH = 12  # of operations within operations
MAX_PARTS = 200  # that a form is made of, as far as they are looked at
MAX_FACTOR = 1 << 20  # greater ones are there to overflow
MAX_VALUE = 1 << 31  # beyond it C may wrap
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
    """The values of names in all turns that are tried; of those that nobody knows, one each."""

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
        self.asking = False  # whether what is worked out is a condition: often one of 0 and 1
        self._given: dict[str, int] = {}  # to names that nobody knows
        self._outer: Mapping[str, Loop] = {}
        self.env: dict[str, Array] = {}
        self._results: dict[str, Array] = {}  # of operations, in these turns
        self.cut = False  # whether some turns were left out

    @property
    def guesses(self) -> bool:
        """Whether names stand in the forms that nobody knows the value of."""
        return bool(self._given)

    def is_told(self, form: Form, *, end: bool = False) -> bool:
        """Whether a form follows from turns and sizes; the end of a range may be cut short."""
        marks = form.marks - {CLAMPED} if end else form.marks
        return marks.isdisjoint(UNTOLD)

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
        if self._all(loops, most, most):
            return
        self.env, self.cut, self._results = begun, True, {}
        self._all(loops, max(int(most ** (1 / len(loops))), 2), most)

    def _all(self, loops: Sequence[Loop], each: int, most: int) -> bool:
        """Set the variables in so many turns of each loop; whether that is all of them."""
        for loop in loops:
            low, high, step = self._range(loop, len(self.env[""]))
            counts = np.maximum(-((low - high) // step), 0)
            turns = np.minimum(counts, each)
            if int(turns.sum()) > most:
                return False
            self._repeat(loop, turns, (low, high, step, counts))
        return True

    def _range(self, loop: Loop, size: int) -> tuple[Array, Array, Array]:
        if loop.name == THREAD and loop.high is None:
            high: Array | None = np.full(size, self._team())
        else:
            high = self._end(loop.high, size)
        low, step = self._end(loop.low, size), self._end(loop.stride, size)
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

    def keep(self, where: NDArray[np.bool_]) -> None:
        """Leave out the turns in which something does not hold."""
        self.env = {name: values[where] for name, values in self.env.items()}
        self._results = {}

    # --- values ----------------------------------------------------------------------------------

    def value(self, form: Form) -> Array:
        """The form's value in each turn."""
        return self._sized(self._value(form, 0), len(self.env[""]))

    def _sized(self, values: Array, size: int) -> Array:
        return values if len(values) == size else np.broadcast_to(values, (size,)).copy()

    def _value(self, form: Form, depth: int) -> Array:
        total = np.array([form.constant])
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
        act = _OPERATIONS.get(operator)
        if act is None or depth > MAX_DEPTH or not (self.is_told(left) and self.is_told(right)):
            raise Untold
        one, two = self._value(left, depth + 1), self._value(right, depth + 1)
        if (operator in "/%" and not two.all()) or (operator in ("<<", ">>") and (two < 0).any()):
            raise Untold
        return _checked(act(one, two).astype(np.int64))

    def _guess(self, name: str) -> int:
        """A value for a name that nobody knows, the same wherever it stands."""
        if name not in self._given:
            if not _NAME.fullmatch(name) or name.startswith("call@"):
                raise Untold
            self._given[name] = self._team() if _SIZE.fullmatch(name) else self._next(name)
        return self._given[name]

    def _next(self, name: str) -> int:
        value = self._values[len(self._given) % len(self._values)]
        if self.asking:
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
