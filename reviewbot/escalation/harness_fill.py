"""Values for what a function takes: sizes that keep indices in bounds, structs to depth 2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewbot.code.declarators import Member, clean_type
from reviewbot.code.symbols import FileSymbols
from reviewbot.escalation.harness_headers import Header

MAX_DEPTH = 2  # pointers followed from a parameter
MAX_FIELDS = 60  # of one struct; more is configuration
# Elements along one dimension, by how many sizes there are: their product stays within a block.
LENGTHS = (256, 1024, 128, 24, 12)
TEAM = 4
OPTIONAL = " /* may be left out */"  # marks a line that a repair may drop

_SIZE = re.compile(
    r"(?i)^(?:n|m|k|w|h|nn|len|length|count|size|total|width|height|depth|rows?|cols?|columns|channels"
    r"|dim\w*|n_?\w{1,12}|num\w*|max\w*|end|stop|last|hi|high|to|ld\w|lda|pitch|\w*row_?stride"
    r"|\w*(?:len|length|count|size|num|width|height|rows|cols|columns|channels|samples|pixels|bytes))$"
)
_ORIGIN = re.compile(
    r"(?i)^(?:i|j|x|y|z|lo|low|from|begin|start|first|idx|id|tid|off|offset|pos|\w*(?:start|begin|index"
    r"|offset|idx|_id))$"
)
_TEAM = re.compile(r"(?i)thread|worker|cores|cpus|njobs|n_?tasks")
_FLAG = re.compile(r"(?i)^(?:no|not|is|has|use|with|verbose|debug|flags?)_?|flag|error|status|null")
_LAST = re.compile(r"(?i)^(?:end|stop|last|hi|high|to|\w*_end|\w*_stop)$")
_SCALARS = re.compile(
    r"\b(?:char|short|int|long|float|double|unsigned|signed|bool|_Bool|size_t|ssize_t|\w+_t|[ui](?:8|16|32|64)"
    r"|BYTE|U8|U16|U32|U64|guint\w*|gint\w*|gboolean|real|Real|cnt|uint|ulong)\b"
)
# What only works once it was made: (type, statement).
_MADE = (
    (re.compile(r"\bpthread_barrier_t\b"), "pthread_barrier_init(&{0}, 0, (unsigned)rb_team);"),
    (re.compile(r"\bpthread_mutex_t\b"), "pthread_mutex_init(&{0}, 0);"),
    (re.compile(r"\bpthread_cond_t\b"), "pthread_cond_init(&{0}, 0);"),
    (re.compile(r"\bpthread_rwlock_t\b"), "pthread_rwlock_init(&{0}, 0);"),
    (re.compile(r"\bpthread_spinlock_t\b"), "pthread_spin_init(&{0}, 0);"),
    (re.compile(r"\bsem_t\b"), "sem_init(&{0}, 0, 1);"),
    (re.compile(r"\bomp_lock_t\b"), "omp_init_lock(&{0});"),
    (re.compile(r"\bomp_nest_lock_t\b"), "omp_init_nest_lock(&{0});"),
    (re.compile(r"\bmtx_t\b"), "mtx_init(&{0}, mtx_plain);"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of types: those of the file first, then those of its headers."""

    own: FileSymbols
    headers: Sequence[Header]

    def fields(self, type_text: str) -> tuple[Member, ...] | None:
        """The fields of a struct, None if the type is no struct that is known."""
        name = clean_type(type_text).split("<")[0].split("::")[-1]
        for _ in range(4):  # typedef of typedef of ...
            for symbols in self._all():
                inner = symbols.types.get(name, name)
                if members := symbols.structs.get(inner) or symbols.structs.get(name):
                    return tuple(members.values())[:MAX_FIELDS]
                if inner != name:
                    name = inner
                    break
        return None

    def has_constructor(self, type_text: str) -> bool:
        """Whether a class makes its own objects ready."""
        name = clean_type(type_text).split("<")[0].split("::")[-1]
        return any(f.owner == name for s in self._all() for f in s.functions.get(name, ()))

    def _all(self) -> Iterator[FileSymbols]:
        yield self.own
        for header in self.headers:
            yield header.symbols


def is_size(name: str, body: str = "") -> bool:
    """Whether a number is a size: by its name, or because a loop runs up to it."""
    if _TEAM.search(name) or _FLAG.search(name):
        return False
    bound = rf"<=?\s*(?:\(\s*\w+\s*\)\s*)?{re.escape(name)}\b(?!\s*[\[(])" if name else r"(?!)"
    return _SIZE.match(name) is not None or re.search(bound, body) is not None


def value_of(name: str, body: str = "") -> str:
    """The C expression of a number by the part that its name plays."""
    if _TEAM.search(name):
        return "rb_team" if not _ORIGIN.match(name) else "0"
    if is_size(name, body):
        return "RB_N"
    return "0" if _ORIGIN.match(name) or _FLAG.search(name) else "1"


def length(sizes: int) -> int:
    """Elements along each dimension where `sizes` sizes were found."""
    return LENGTHS[min(sizes, len(LENGTHS) - 1)]


def make(place: str, type_text: str) -> str | None:
    """The statement that makes a lock or barrier usable, None for what is no such object."""
    for kind, statement in _MADE:
        if kind.search(type_text):
            return statement.format(place)
    return None


def fill(place: str, type_text: str, known: Known, *, cpp: bool, depth: int = 0) -> list[str]:
    """Statements, one a line and each dispensable, that fill the fields of a struct at `place`."""
    lines: list[str] = []
    for member in known.fields(type_text) or ():
        if member.static or not member.name:
            continue
        at = f"{place}.{member.name}"
        lines += _field(at, member, known, cpp=cpp, depth=depth)
    return lines


def _field(at: str, member: Member, known: Known, *, cpp: bool, depth: int) -> list[str]:
    if member.array:
        return []
    made = make(at, member.type) if not member.pointer else None
    if made is not None:
        return [made + OPTIONAL]
    inner = known.fields(member.type)
    if member.pointer:
        return _pointer(at, member, known, inner is not None, cpp=cpp, depth=depth)
    if inner is not None and not (cpp and known.has_constructor(member.type)):
        return fill(at, member.type, known, cpp=cpp, depth=depth) if depth < MAX_DEPTH else []
    if inner is None and _SCALARS.search(member.type):
        value = value_of(member.name)
        return [f"{at} = {value};{OPTIONAL}"] if value in ("RB_N", "rb_team") else []
    return []


def _pointer(
    at: str, member: Member, known: Known, struct: bool, *, cpp: bool, depth: int
) -> list[str]:
    if struct and depth >= MAX_DEPTH:
        return []  # the end of a list
    if cpp:
        lines = [f"rb::field({at});{OPTIONAL}"]
    else:
        stars = "*" * member.pointer
        kind = "0" if struct or member.type == "void" else f"RB_CLASS({stars}{at})"
        made = f"rb_pointers({member.pointer}, sizeof({stars}{at}), {kind})"
        lines = [f"if (!{at}) *(void **)&{at} = {made};{OPTIONAL}"]
    if struct and member.pointer == 1 and not (cpp and known.has_constructor(member.type)):
        lines += fill(f"{at}[0]", member.type, known, cpp=cpp, depth=depth + 1)
    return lines


def rename_shares(place: str, type_text: str, known: Known) -> list[str]:
    """What differs between threads that got copies of one argument: numbers and ranges."""
    lines = []
    for member in known.fields(type_text) or ():
        if member.pointer or member.array or not _SCALARS.search(member.type):
            continue
        at = f"{place}.{member.name}"
        if re.search(r"(?i)(?:^|_)(?:t?id|index|idx|rank|self|num|no|number)$", member.name):
            lines.append(f"{at} = rb_self;{OPTIONAL}")
        elif _LAST.match(member.name):
            lines.append(f"{at} = (rb_self + 1) * RB_N / rb_team;{OPTIONAL}")
        elif _ORIGIN.match(member.name):
            lines.append(f"{at} = rb_self * RB_N / rb_team;{OPTIONAL}")
    return lines
