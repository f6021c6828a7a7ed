"""Access paths and index forms: which memory an expression names, and how that varies by thread.

An index form is a polynomial over symbols, kept exactly where it is linear enough to compare, with
a set of marks that say what the number derives from:

    pv      variable of a loop whose iterations are divided among threads
    tid     the thread's number          targ   something given to each thread at its creation
    seq     variable of a sequential loop; `seq-pv`, `seq-tid`, `seq-targ` if its bounds derive so
    mem     read from memory (indirect)  call   result of a call that is not resolved
    mod     remainder or bit mask        div    quotient or shift
    ticket  result of an atomic update, which no two threads get alike
    update  a private variable that is stepped as the code goes
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from tree_sitter import Node

from reviewbot.code.symbols import Symbol

Monomial = tuple[str, ...]
NO_MARKS: frozenset[str] = frozenset()
MAX_TEXT = 200  # characters of an opaque form that are kept


# Made a hundred times a file and never changed; `frozen` would make each three times as dear.


@dataclass(slots=True, unsafe_hash=True)
class Form:
    """`Σ coefficient · monomial + constant`; monomials are sorted names or opaque texts."""

    terms: tuple[tuple[Monomial, int], ...] = ()
    constant: int = 0
    marks: frozenset[str] = NO_MARKS

    @property
    def is_constant(self) -> bool:
        """Whether it is a plain number."""
        return not self.terms

    def plus(self, other: Form, sign: int = 1) -> Form:
        """Sum, or difference with sign -1."""
        terms = dict(self.terms)
        for monomial, coefficient in other.terms:
            terms[monomial] = terms.get(monomial, 0) + sign * coefficient
        kept = tuple(sorted((m, c) for m, c in terms.items() if c))
        return Form(kept, self.constant + sign * other.constant, self.marks | other.marks)

    def times(self, other: Form) -> Form:
        """Product; large products stay opaque by growing monomials."""
        terms: dict[Monomial, int] = {}
        left = (*self.terms, ((), self.constant))
        right = (*other.terms, ((), other.constant))
        if len(left) * len(right) > 64:
            return opaque("product", self.marks | other.marks)
        for first, a in left:
            for second, b in right:
                if a * b:
                    key = tuple(sorted((*first, *second)))
                    terms[key] = terms.get(key, 0) + a * b
        constant = terms.pop((), 0)
        return Form(tuple(sorted(terms.items())), constant, self.marks | other.marks)


ZERO = Form()


def opaque(text: str, marks: frozenset[str] = NO_MARKS) -> Form:
    """A number of which only its text and its origin are known."""
    if len(text) > MAX_TEXT:  # texts of texts grow exponentially
        text = f"{text[:40]}#{zlib.crc32(text.encode()):08x}"
    return Form((((text,), 1),), 0, marks)


@dataclass(slots=True, unsafe_hash=True)
class Element:
    """One step of an access path: `.field`, or `[form]` where the field is empty."""

    field: str = ""
    form: Form = ZERO


@dataclass(slots=True, unsafe_hash=True)
class Path:
    """A memory location by its root variable and the steps from there."""

    root: Symbol
    elements: tuple[Element, ...] = ()

    def step(self, element: Element) -> Path:
        """The path one step further; endless chains are cut."""
        return Path(self.root, (*self.elements, element)) if len(self.elements) < 12 else self

    def shifted(self, form: Form) -> Path:
        """`*(p + form)` where this path is `*p`: adds to the last index."""
        if form == ZERO:
            return self
        if self.elements and not self.elements[-1].field:
            last = self.elements[-1]
            return Path(self.root, (*self.elements[:-1], Element("", last.form.plus(form))))
        return self.step(Element("", form))

    @property
    def marks(self) -> frozenset[str]:
        """Everything that any of its indices derives from."""
        if not self.elements:
            return NO_MARKS
        return frozenset([m for e in self.elements for m in e.form.marks])


@dataclass(frozen=True, slots=True)
class Closure:
    """A lambda with the scopes in which it was written."""

    node: Node
    scopes: tuple[dict[str, Symbol], ...]


@dataclass(slots=True, unsafe_hash=True)
class Value:
    """What is known of an expression's value: the object it points to, a number, a function."""

    target: Path | None = None  # *value is this location
    form: Form | None = None
    function: str = ""
    closure: Closure | None = None
    fresh: bool = False  # memory allocated by this very expression
    marks: frozenset[str] = NO_MARKS

    @property
    def number(self) -> Form:
        """The value as an index form."""
        return self.form if self.form is not None else opaque("?", self.marks)


UNKNOWN = Value()


def remark(value: Value, old: frozenset[str], new: str) -> Value:
    """The value with the marks `old` replaced by `new`: a loop variable given to a new thread."""

    def form(item: Form) -> Form:
        return replace(item, marks=(item.marks - old) | {new}) if item.marks & old else item

    target = value.target
    if target is not None:
        target = Path(target.root, tuple(replace(e, form=form(e.form)) for e in target.elements))
    marks = (value.marks - old) | {new} if value.marks & old else value.marks
    number = form(value.form) if value.form is not None else None
    return replace(value, target=target, form=number, marks=marks)
