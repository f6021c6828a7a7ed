"""Access paths and index forms: which memory an expression names, and how that varies by thread.

An index form is a polynomial over symbols, kept exactly where it is linear enough to compare, with
a set of marks that say what the number derives from:

    pv      variable of a loop whose iterations are divided among threads
    tid     the thread's number          targ   something given to each thread at its creation
    seq     variable of a sequential loop; `seq-pv`, `seq-tid`, `seq-targ` if its bounds derive so
    mem     read from memory (indirect)  call   result of a call that is not resolved
    mod     remainder or bit mask        div    quotient or shift
    ticket  a number taken from a shared counter, which no two threads get alike
    counter likewise, where nothing keeps two threads from taking the same
    update  a private variable that is stepped as the code goes
    serial  a barrier's answer, which one thread of those that met there gets
    local   a variable of the thread's own that is assigned more than once
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import and_, floordiv, mod, rshift

from tree_sitter import Node

from reviewbot.code.declarators import clean_type
from reviewbot.code.symbols import Symbol

Monomial = tuple[str, ...]
NO_MARKS: frozenset[str] = frozenset()
# Marks of a number that may differ from thread to thread; and of one that its names do not tell.
BY_THREAD = frozenset({"pv", "tid", "targ", "seq-pv", "seq-tid", "seq-targ"})
# `i < n ? i : n`: good as the end of a range, and as a subscript the same for many values of i.
CLAMPED = "clamped"
OPAQUE = frozenset({"mem", "call", "mod", "div", "ticket", "counter", "update", "local", CLAMPED})
RANGE = "range"  # a mark: not this element alone but some number of them from here on
SEQ = frozenset({"seq"})  # of a number that one turn of a loop has
TAKEN = frozenset({"ticket", "counter"})  # of a number that whoever takes it has for itself
LOAD = "[]"  # what the entry of a table is made of: an index, and the table
_INT = re.compile(r"^[-+]?(?:0[xX][0-9a-fA-F]+|\d+)")
MAX_TEXT = 200  # characters of an opaque form that are kept


# Made a hundred times a file and never changed; `frozen` would make each three times as dear.


@dataclass(slots=True, unsafe_hash=True)
class Form:
    """`Σ coefficient · monomial + constant`; monomials are sorted names or opaque texts."""

    terms: tuple[tuple[Monomial, int], ...] = ()
    constant: int = 0
    marks: frozenset[str] = NO_MARKS
    # of the end of a range, what the number is that was cut to it; see selections.py
    exact: Form | None = field(default=None, compare=False, repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether it is a plain number."""
        return not self.terms

    @property
    def spelt(self) -> str:
        """Terms and constant as text: what an operation on the number is called by."""
        if len(self.terms) == 1 and len(self.terms[0][0]) == 1:  # mostly; faster than a tuple's own
            ((name,), coefficient) = self.terms[0]
            return f"((({name!r},), {coefficient}),){self.constant}"
        return f"{self.terms}{self.constant}"

    @property
    def names(self) -> set[str]:
        """Every symbol and opaque text in it."""
        return {name for monomial, _ in self.terms for name in monomial}

    def plus(self, other: Form, sign: int = 1) -> Form:
        """Sum, or difference with sign -1."""
        if not other.terms:  # a number is added: the terms are in order as they are
            kept = tuple([term for term in self.terms if term[1]]) if self.terms else ()
        elif not self.terms and len(other.terms) == 1:
            ((monomial, coefficient),) = other.terms
            kept = ((monomial, sign * coefficient),) if coefficient else ()
        else:
            terms = dict(self.terms)
            for monomial, coefficient in other.terms:
                terms[monomial] = terms.get(monomial, 0) + sign * coefficient
            kept = tuple(sorted([term for term in terms.items() if term[1]]))
        form = Form(kept, self.constant + sign * other.constant, self.marks | other.marks)
        if self.exact is not None or other.exact is not None:
            form.exact = (self.exact or self).plus(other.exact or other, sign)
        return form

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
        form = Form(tuple(sorted(terms.items())), constant, self.marks | other.marks)
        if self.exact is not None or other.exact is not None:
            form.exact = (self.exact or self).times(other.exact or other)
        return form

    def replaced(self, name: Monomial, by: Form) -> Form:
        """The form with one symbol replaced; its own marks give way to those of `by`."""
        result = Form((), self.constant)
        for monomial, coefficient in self.terms:
            if name[0] not in monomial:
                result = result.plus(Form(((monomial, coefficient),)))
                continue
            rest = list(monomial)
            rest.remove(name[0])
            factor = Form(((tuple(rest), coefficient),)) if rest else Form((), coefficient)
            result = result.plus(by.times(factor))
        marks = (self.marks & OPAQUE) | by.marks
        return Form(result.terms, result.constant, marks)


ZERO = Form()


def opaque(text: str, marks: frozenset[str] = NO_MARKS) -> Form:
    """A number of which only its text and its origin are known."""
    if len(text) > MAX_TEXT:  # texts of texts grow exponentially
        text = f"{text[:40]}#{zlib.crc32(text.encode()):08x}"
    return Form((((text,), 1),), 0, marks)


WHO_TOOK = "taken"  # what numbers objects that a thread took out of where others find them


def is_taken(path: Path) -> bool:
    """Whether a path leads through an object that its thread took for itself."""
    forms = [e.form for e in path.elements if "ticket" in e.form.marks]
    return any(WHO_TOOK in form.names for form in forms)


def compare(a: Form, b: Form) -> str:
    """How two index forms relate as polynomials; of several elements only the first is told."""
    found = _compared(a, b)
    begin_alike = found in ("equal", "constants-equal")
    return "range" if RANGE in a.marks | b.marks and not begin_alike else found


def _compared(a: Form, b: Form) -> str:
    if a.is_constant and b.is_constant:
        return "constants-equal" if a.constant == b.constant else "constants-differ"
    if a.terms == b.terms:
        distance = a.constant - b.constant
        return "equal" if not distance else ("shift1" if abs(distance) == 1 else "shiftn")
    if {m for m, _ in a.terms} == {m for m, _ in b.terms}:
        return "scaled"
    difference = a.plus(b, -1)
    if len(difference.terms) == 1 and not difference.constant:
        return "shift-symbol"
    return "one-constant" if a.is_constant or b.is_constant else "differ"


@dataclass(slots=True, unsafe_hash=True)
class Element:
    """One step of an access path: `.field`, or `[form]` where the field is empty.

    `kind` is the record that a cast says lies there, where the pointer itself does not say.
    """

    field: str = ""
    form: Form = ZERO
    kind: str = ""


MAX_ORIGINS = 4  # numbers that are kept of the way to a place


@dataclass(slots=True, unsafe_hash=True)
class Path:
    """A memory location by its root variable and the steps from there."""

    root: Symbol
    elements: tuple[Element, ...] = ()
    # where a stored pointer led here, the numbers of the place that it lies in
    by: tuple[Form, ...] = field(default=(), compare=False)

    @property
    def is_member(self) -> bool:
        """Whether it is a member of a variable itself, reached by no pointer and no number."""
        plain = self.root.storage in ("auto", "global", "static")
        plain = plain and not (self.root.pointer or self.root.reference)
        return plain and bool(self.elements) and all(e.field for e in self.elements)

    def step(self, element: Element) -> Path:
        """The path one step further; endless chains are cut."""
        longer = (*self.elements, element)
        return Path(self.root, longer, self.by) if len(longer) <= 12 else self

    def shifted(self, form: Form) -> Path:
        """`*(p + form)` where this path is `*p`: adds to the last index."""
        if form is ZERO or form == ZERO:
            return self
        if self.elements and not self.elements[-1].field:
            last = self.elements[-1]
            moved = Element("", last.form.plus(form), last.kind)
            return Path(self.root, (*self.elements[:-1], moved), self.by)
        return self.step(Element("", form))

    def onwards(self) -> Path:
        """Some number of elements from this one on, as a call is given them; fields stay one."""
        if not self.elements or self.elements[-1].field:
            return self
        *before, last = self.elements
        form = Form(last.form.terms, last.form.constant, last.form.marks | {RANGE})
        return Path(self.root, (*before, Element("", form, last.kind)), self.by)

    @property
    def origins(self) -> tuple[Form, ...]:
        """The numbers by which it was found: those of what led there, and its own."""
        indices = [e.form for e in self.elements if not e.field and e.form.terms]
        return (*self.by, *indices)[-MAX_ORIGINS:] or self.root.origins

    @property
    def way(self) -> tuple[str, ...]:
        """The members through which it leads on to other objects: `next` of `cur->next->lock`."""
        pairs = pairwise(self.elements)
        return tuple([one.field for one, two in pairs if one.field and not two.field])

    @property
    def marks(self) -> frozenset[str]:
        """Everything that any of its indices derives from."""
        if not self.elements:
            return NO_MARKS
        if len(self.elements) == 1:
            return self.elements[0].form.marks
        return frozenset([m for e in self.elements for m in e.form.marks])


@dataclass(frozen=True, slots=True)
class Closure:
    """A lambda with the scopes in which it was written."""

    node: Node
    scopes: tuple[dict[str, Symbol], ...]
    initial: tuple[Value, ...] = ()  # of its captures with an initialiser, in order
    this: Path | None = None  # the object whose method made it
    this_class: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Value:
    """What is known of an expression's value: the object it points to, a number, a function."""

    target: Path | None = None  # *value is this location
    form: Form | None = None
    function: str = ""
    closure: Closure | None = None
    fresh: bool = False  # memory allocated by this very expression
    made: bool = False  # and that by the language or its library, so that nobody else has it
    marks: frozenset[str] = NO_MARKS
    either: tuple[Path, ...] = ()  # of `a < b ? &x : &y`, both locations
    refers: bool = False  # a reference to `target` that a function gives back
    whole: bool = False  # `target` is an object that this very expression made
    holds: tuple[str, ...] = ()  # names of the locks that this guard holds
    given: tuple[Value, ...] = ()  # arguments of the function or closure that `std::bind` bound

    @property
    def number(self) -> Form:
        """The value as an index form."""
        return self.form if self.form is not None else opaque("?", self.marks)

    @property
    def fixed(self) -> bool:
        """Whether it is one number, whoever reckons it: a literal, an enumerator, a constant."""
        return self.form is not None and self.form.is_constant and not self.sources

    @property
    def sources(self) -> frozenset[str]:
        """Everything that it, or its number, derives from."""
        return self.marks if self.form is None else self.form.marks | self.marks


NULLS = frozenset({"NULL", "null", "nullptr"})
UNKNOWN = Value()
OPEN = Value(function="_1")  # an argument that a bound call leaves open


def shifted(value: Value, by: Form) -> Value:
    """A number and what is added to it, or the place so many elements on."""
    target = value.target.shifted(by) if value.target is not None else None
    return Value(target, value.number.plus(by) if target is None else None)


def as_one(value: Value, old: frozenset[str]) -> Value:
    """The value as those see it who all got the one that its maker had: the marks `old` are gone.

    `int me = omp_get_thread_num();` before a region is the number of the thread that meets it.
    """

    def form(item: Form) -> Form:
        if not item.marks & old:
            return item
        for name in sorted(item.names & old):
            item = item.replaced((name,), opaque(f"{name} before"))
        return Form(item.terms, item.constant, item.marks - old)

    target = value.target
    if target is not None:
        steps = tuple([replace(e, form=form(e.form)) for e in target.elements])
        target = Path(target.root, steps, target.by)
    number = form(value.form) if value.form is not None else None
    return replace(value, target=target, form=number, marks=value.marks - old)


def clamped(value: Value, exact: Form | None = None) -> Value:
    """The value as the end of a range: what it is at most, or at least."""
    form = value.number
    end = Form(form.terms, form.constant, form.marks | {CLAMPED}, exact)
    return Value(form=end, marks=value.marks)


def is_null(symbol: Symbol, value: Value) -> bool:
    """Whether a pointer is given nothing to point to."""
    if not symbol.pointer or value.target is not None or value.fresh or value.form is None:
        return False
    return value.form.names <= NULLS


def note_origins(symbol: Symbol, value: Value) -> None:
    """Remember by which index a pointer was found: what `bucket[h]` leads to belongs to h."""
    target = value.target
    if target is None or symbol.origins or not symbol.pointer:
        return
    symbol.origins = target.origins


def remark(value: Value, old: frozenset[str], new: str) -> Value:
    """The value with the marks `old` replaced by `new`: a loop variable given to a new thread."""

    def form(item: Form) -> Form:
        return replace(item, marks=(item.marks - old) | {new}) if item.marks & old else item

    target = value.target
    if target is not None:
        steps = tuple(replace(e, form=form(e.form)) for e in target.elements)
        target = Path(target.root, steps, target.by)
    marks = (value.marks - old) | {new} if value.marks & old else value.marks
    number = form(value.form) if value.form is not None else None
    return replace(value, target=target, form=number, marks=marks)


_TRUTH = {"false": 0, "true": 1}


def number(text: str) -> Form:
    """An integer literal, a character or a truth value as a form; anything else is opaque."""
    if text in _TRUTH or (len(text) == 3 and text[0] == text[2] == "'"):
        return Form((), _TRUTH[text] if text in _TRUTH else ord(text[1]))
    match = _INT.match(text)
    if match is None or "." in text or ("e" in text.lower() and not text.lower().startswith("0x")):
        return opaque(text[:20])
    try:
        return Form(
            (),
            int(
                match.group(),
                0
                if not match.group().lstrip("+-").startswith("0") or "x" in match.group().lower()
                else 8,
            ),
        )
    except ValueError:
        return opaque(text[:20])


# Of numbers that are not negative, as C has them too; a shift must not make numbers of any size.
_FOLDS = {"/": floordiv, "%": mod, "&": and_, ">>": rshift}
_WIDEST = 31  # bits by which a number is shifted up
_COMPARES = frozenset({"<", "<=", ">", ">=", "==", "!=", "&&", "||"})
MAX_FOLDED = 1 << 63


def arithmetic(operator: str, left: Form, right: Form) -> Form:
    """The form of a binary operation, exact for + - *, marked for the rest."""
    if operator == "+":
        return left.plus(right)
    if operator == "-":
        return left.plus(right, -1)
    if operator == "*":
        return left.times(right)
    marks = left.marks | right.marks
    if operator in _COMPARES:
        return _opaquely(operator, left, right, marks)
    if operator == "^" and right.is_constant and not right.constant:
        return left
    if operator == LOAD:
        return opaque(f"{right.terms[0][0][0]}{left.spelt}", marks)
    fold = _FOLDS.get(operator) if left.is_constant and right.is_constant else None
    if fold is not None and left.constant >= 0 and 0 < right.constant < MAX_FOLDED:
        return Form((), fold(left.constant, right.constant), marks)
    if operator == "<<" and right.is_constant and 0 <= right.constant <= _WIDEST:
        return left.times(Form((), 1 << right.constant, right.marks))
    if operator in ("%", "&"):
        return opaque(f"({left.spelt}{operator}{right.spelt})", _cut(marks, "mod"))
    if operator == "/" and right.is_constant and right.constant and not marks & OPAQUE:
        parts = [left.constant, *(coefficient for _, coefficient in left.terms)]
        if all(part % right.constant == 0 for part in parts):
            terms = tuple((m, c // right.constant) for m, c in left.terms)
            return Form(terms, left.constant // right.constant, marks)
    if operator in ("/", ">>"):
        return opaque(f"({left.spelt}{operator}{right.spelt})", _cut(marks, "div"))
    return _opaquely(operator, left, right, marks)


def _opaquely(operator: str, left: Form, right: Form, marks: frozenset[str]) -> Form:
    return opaque(f"({left.spelt}{operator}{right.spelt})", marks)


def _cut(marks: frozenset[str], mark: str) -> frozenset[str]:
    """The marks of a quotient or remainder; of what is one number for all it is one as well."""
    return marks | {mark} if marks else marks


def division(operator: str, right: Form) -> tuple[Form, str] | None:
    """(divisor, / or %) of an operation on numbers that are not negative; None if it is neither."""
    number = right.constant if right.is_constant else 0
    if operator == "&" and number > 0 and not number & (number + 1):
        return Form((), number + 1), "%"
    if operator == ">>" and 0 < number < 63:
        return Form((), 1 << number), "/"
    return (right, operator) if operator in ("/", "%") else None


def loaded_marks(place: Path) -> frozenset[str]:
    """What a number read from memory derives from: per-thread arguments stay theirs."""
    marks = place.marks | place.root.derived
    if not [e for e in place.elements if e.form.terms and not e.field]:
        return marks
    # `args[id].first` is the thread's own; what a loop reads from `list[i]` may be anyone's.
    if "targ" not in marks or any(mark.startswith("seq") for mark in place.marks):
        return marks | {"mem"}
    return marks


def form_text(place: Path) -> str:
    """The indices of a path as text, to tell `a[i]` from `a[j]` when read as numbers."""
    return "|".join([e.form.spelt for e in place.elements if not e.field])


def element_type(kind: str) -> str:
    """The type of a container's or smart pointer's element: the last template argument's text."""
    if "<" not in kind or not kind.endswith(">"):
        return ""
    inside = kind[kind.index("<") + 1 : -1]
    if kind.split("<", maxsplit=1)[0].endswith("map"):
        depth = 0
        for index, char in enumerate(inside):
            depth += (char == "<") - (char == ">")
            if char == "," and depth == 0:
                return clean_type(inside[index + 1 :])
    first = clean_type(inside.split(",")[0] if "<" not in inside else inside)
    return first.removesuffix("[]").rstrip()  # `unique_ptr<Row[]>` leads to rows


def pointed_at(kind: str) -> tuple[str, int]:
    """A type without its stars, and their number: of the elements of `std::vector<Node *>`."""
    if not kind.endswith("*"):
        return kind, 0
    bare = kind.rstrip("* ")
    return bare, kind.count("*", len(bare))


def bind(entry: Value, values: list[Value]) -> list[Value]:
    """The arguments of a call through what `std::bind` made: open places are filled in order."""
    if not entry.given:
        return values
    left = iter(values)
    return [next(left, UNKNOWN) if value is OPEN else value for value in entry.given]
