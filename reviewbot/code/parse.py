"""tree-sitter's trees of preprocessed files: which grammar, which limits, what went wrong."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tree_sitter_c
import tree_sitter_cpp
from tree_sitter import Language, Node, Parser, Range

from reviewbot.code.execution_policies import by_policy
from reviewbot.code.initialisers import with_calls, with_signs
from reviewbot.code.openmp import Directive, parse_directive
from reviewbot.code.prefilter import CPP_SUFFIXES
from reviewbot.code.preprocessor import (
    Macro,
    Pragma,
    Translation,
    decode,
    makes_nothing_of_locks,
    translate,
)
from reviewbot.code.words import spelt_out, words

_CPP_ONLY = re.compile(
    r"\b(namespace|template\s*<|class\s+\w+|std::|public:|private:|constexpr|noexcept|nullptr|using\s)"
)
_CUDA_WORDS = re.compile(r"__(?:global|device|host|shared|constant|forceinline|restrict)__")
_LAUNCH = re.compile(r"<<<.{0,400}?>>>", re.DOTALL)
_OBJECTS = [
    re.compile(spelt_out(word) + r"(?:\s*<[^;{}()]{0,200}>)?\s+\w+\s*\(")
    for word in words(
        "thread jthread lock_guard unique_lock scoped_lock shared_lock QMutexLocker",
    )
]
_TASK = re.compile(r"\bpackaged_task\s*<[^;{}]{1,100}>\s+\w+\s*\(")
# `Pool pool(std::move(jobs));`: what is given could be the declaration of a parameter each.
_GIVEN = r"[A-Za-z_]\w*(?:::\w+)*(?:<[^;{}()]{0,60}>)?(?:\([\w\s:,*]{0,100}\)|\[[A-Za-z_]\w*\])?"
_MADE = re.compile(
    r"(?:^|[;{}]|\bfor\s?\()[ \t]*(?:(?:static|const|constexpr|thread_local)[ \t]+){0,3}"
    r"(?!(?:return|else|throw|new|delete|do|goto|case|void|extern|friend|inline|virtual|explicit"
    r"|typedef|using|co_return|co_yield|co_await|not|operator)\b)"
    r"[A-Za-z_]\w*(?:::\w+)*(?:[ \t]*<[^;{}()\n]{0,200}>)?[ \t]+[A-Za-z_]\w*[ \t]*\("
    rf"(?=[^();]{{1,200}}\()(?=\s*{_GIVEN}(?:\s*,\s*{_GIVEN}){{0,5}}\s*\)\s*;)",
    re.MULTILINE,
)
_FOR = re.compile(r"\bfor\s?\($")
# What is made begins behind the nearest of these, and goes on to a parenthesis with one behind it.
_NESTED, _BEGINNING = re.compile(r"\((?=[^();]{1,200}\()"), re.compile(r"[^\n;{}()]*")
_FUNCTION = re.compile(
    r"\s*(?:const\b|noexcept\b|override\b|final\b|->|\{)"
)  # after its parameters
# What begins a list of parameters: none, or a type and a name.
_PARAMETERS = re.compile(
    r"\s*(?:\)|void\s*\)|const\b"
    r"|(?!new\b|sizeof\b|this\b)[A-Za-z_][\w:]*(?:\s*<[^;{}()]{0,100}>)?[\s&*]+[A-Za-z_]\w*\s*[,)=])"
)
_FURTHER = re.compile(r"\s*,\s*\w+\s*\(")  # `std::thread a(f), b(g);`
_MARKS = re.compile(  # words that stand where a grammar expects none and say nothing of races
    r"\b(?:__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]{0,100}\)){0,200}\)){0,400}\)\)|__declspec\s*\([^)]*\)|__restrict(?:__)?|__inline(?:__)?"
    r"|__extension__|_Noreturn|__cdecl|__stdcall|__init|__exit"
    r"|(?<=\*)[A-Za-z_]{0,30}(?:restrict|RESTRICT)(?=\s+[A-Za-z_])"
    r"|alignas\s*\([^()]{0,100}(?:\([^()]{0,100}\))?[^()]{0,100}\)"
    # Clang's thread safety annotations
    r"|(?:PT_)?GUARDED_(?:BY|VAR)\b(?:\s*\([^()]{0,100}\))?|(?:REQUIRES|EXCLUDES)\s*\([^()]{0,100}\)"
    r"|(?:EXCLUSIVE_|SHARED_)?LOCKS?_(?:REQUIRED|EXCLUDED|FUNCTION)\s*\([^()]{0,100}\)"
    r"|LOCKS_EXCLUDED\s*\([^()]{0,100}\))",
    re.DOTALL,
)
# `(long(n) * k)`: the grammar takes what stands in parentheses for a type.
_CAST = re.compile(r"(?<=\()(?:unsigned|signed|long|short)(?=\(\w)")
_CASTS = ("(unsigned(", "(signed(", "(long(", "(short(")
# Projects' words for it, where their macro is not seen: `MY_THREAD_LOCAL int depth;`
_OWN_WORD = re.compile(
    r"\b(?:[A-Z]\w{0,40}_)?THREAD_?LOCAL\b(?=\s{1,9}[A-Za-z_][\w:<>,]{0,80}[\s*&]{1,9}[A-Za-z_])"
    r"|\b[a-z]\w{0,40}_thread_local\b(?=\s{1,9}[A-Za-z_][\w:<>,]{0,80}[\s*&]{1,9}[A-Za-z_])"
)
_DECLSPEC_THREAD = re.compile(r"\b__declspec\(\s{0,9}thread\s{0,9}\)")
# `double complex z`, of <complex.h>: one number, whatever its parts.
_COMPLEX = re.compile(
    r"(?:(?<=double\s)|(?<=float\s))(?:_Complex|complex)\b"
    r"|(?<![\w:])(?:_Complex|complex)(?=\s(?:double|float)\b)"
)
_ATOMIC_OF = re.compile(r"\b_Atomic\(([^()*\n]{1,60})\)")
# `row_t (*a)[3], (*b)[4];`: of a type that the grammar does not know it would be a call.
_ROWS = re.compile(r"(?<=[;{}])\s*(?!return\b)[A-Za-z_]\w*\s{0,3}\(\*\w+\)\[[^;{}=]{1,300};")
_ROW = re.compile(r"\((\*\w+)\)(?=\[)")
_TYPEOF = re.compile(r"\b(?:__)?typeof(?:__)?\s*\(")
_EXPORTED = re.compile(  # `class NET_API Pool {`: a macro that the build defines, or an empty one
    r"((?:class(?<!\wclass)|struct(?<!\wstruct)|union(?<!\wunion))\s+)([A-Z][A-Z0-9_]{2,60}\s+)(?=[A-Za-z_]\w*\s*(?:final\s*)?[:{])"
)
# `API std::string K::f(` and `void API K::f(`: the grammar takes type and name for one long name.
_NAME_OF_TYPE = r"(?:const\s+)?[A-Za-z_][\w:]{0,100}(?:<[^;{}()]{0,200}>)?"
_OPERATOR = r"operator\s{0,3}(?:[^\w\s(){};]{1,3}|\(\)|[A-Za-z_][\w:]{0,100}[\s*&]{0,3})"
_SPECIFIED = re.compile(
    rf"(?m)^[ \t]*(?:template\s?<[^;{{}}()]{{0,200}}>\s)?(?P<first>[A-Z][A-Z0-9_]{{2,60}})\s"
    rf"(?=\s{{0,8}}(?:{_NAME_OF_TYPE}[\s*&]{{1,8}}(?:[A-Za-z_~][\w:~]{{0,100}}|(?:\w{{1,60}}::)?{_OPERATOR})"
    rf"|(?P<own>[A-Za-z_]\w{{0,60}})(?:<\w{{1,60}}>)?::(?:~?(?P=own)|{_OPERATOR}))\s?\()"
    rf"|^[ \t]*{_NAME_OF_TYPE}[ *&]{{1,8}}(?P<second>[A-Z][A-Z0-9_]{{2,60}})[ ]"
    r"(?=[A-Za-z_]\w{0,60}::~?\w{1,60}\()"
)
_OF_LOOP = re.compile(r"(?m)^[ \t]*[A-Z][A-Z0-9_]{2,60}(?=\s{1,40}for\s?\()")  # `PRAGMA_SIMD`
_TEST = re.compile(r"(?m)^[ \t]{0,40}(?:TEST_CASE|SCENARIO)(?:_METHOD|_FIXTURE)?\s{0,9}\(")
_OPENS = re.compile(r"\s{0,200}\{")
# What every such macro looks like; this is looked for many times faster.
_MAY_SPECIFY = re.compile(r"[A-Z][A-Z0-9_]{2,60}\s{1,41}[A-Za-z_]")
_KNOWN_BY_NAME = re.compile(
    r"(?:pthread|mtx|cnd|thrd|sem|omp|atomic|__atomic|__sync|call_once|std)(?:_|$)"
)
# Words without which none of the marks is there; to look for them first is cheaper.
_MARKED = (
    *("__", "restrict", "RESTRICT", "alignas", "_Noreturn", "GUARDED_", "LOCK_", "LOCKS_"),
    *("REQUIRES", "EXCLUDES"),
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed file: its preprocessed text, the tree over it, and its directives in order.

    The text of its headers follows its own, at `translation.own`, and has trees of its own.
    """

    path: str
    translation: Translation
    root: Node
    cpp: bool
    directives: tuple[Directive, ...]
    headers: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class _Headers:
    """Headers after preprocessing, in order, and all the macros that they define."""

    texts: tuple[str, ...]
    pragmas: tuple[tuple[Pragma, ...], ...]
    macros: Mapping[str, Macro]


@functools.cache
def _language(cpp: bool) -> Language:
    return Language(tree_sitter_cpp.language() if cpp else tree_sitter_c.language())


@functools.cache
def _parser(cpp: bool) -> Parser:
    return Parser(_language(cpp))


@functools.lru_cache(maxsize=1024)
def parse_expression(text: str, *, cpp: bool) -> tuple[str, Node | None]:
    """An expression that stands alone, as in a clause: (the text that its node counts in, node)."""
    source = f"void f() {{ {text}; }}"
    root = _parser(cpp).parse(source.encode("ascii", "replace")).root_node
    body = root.named_children[0].child_by_field_name("body") if root.named_children else None
    found = body.named_children if body is not None and not root.has_error else []
    alone = len(found) == 1 and found[0].type == "expression_statement"
    return source, found[0].named_children[0] if alone and found[0].named_children else None


def parse(path: str, data: bytes, headers: tuple[bytes, ...] = ()) -> Parsed:
    """Parse any bytes as C or C++; fragments and broken code give a tree with error nodes.

    `headers` are the contents of the headers that the file sees, the included ones first.
    """
    source = decode(data)
    cpp, cuda = is_cpp(path, source), path.endswith((".cu", ".cuh"))
    above = _preprocessed(headers, cpp=cpp, cuda=cuda) if headers else None
    translation = translate(source, above.macros if above is not None else None)
    translation.text = _prepared(translation.text, cpp=cpp, cuda=cuda)
    tree = _parser(cpp).parse(translation.text.encode("ascii"))
    roots = _append(translation, above, cpp=cpp) if above is not None else ()
    directives = [parse_directive(p.text, p.offset, p.origin) for p in translation.pragmas]
    if called := list(by_policy(translation.text, translation.own, translation.origin)):
        directives = sorted([*directives, *called], key=lambda directive: directive.offset)
    return Parsed(path, translation, tree.root_node, cpp, tuple(directives), roots)


@functools.lru_cache(maxsize=4)  # head and base of a file mostly see the same
def _preprocessed(headers: tuple[bytes, ...], *, cpp: bool, cuda: bool) -> _Headers:
    """Each header by itself, so that what is broken in one ends with it."""
    macros: dict[str, Macro] = {}
    texts, pragmas = [], []
    for data in headers:
        translation = translate(decode(data), macros)
        macros = {**macros, **_trusted(translation.macros, macros)}
        text = _EXPORTED.sub(lambda m: m[1] + " " * len(m[2]), translation.text)
        texts.append(_prepared(text, cpp=cpp, cuda=cuda))
        pragmas.append(tuple(translation.pragmas))
    return _Headers(tuple(texts), tuple(pragmas), macros)


def _trusted(found: Mapping[str, Macro], known: Mapping[str, Macro]) -> dict[str, Macro]:
    """Macros that a header adds: none that stands for what the front end knows by its name.

    A header for systems without threads makes nothing of them. For the same reason the longest of
    several definitions goes before the others, as within one file.
    """
    return {
        name: macro
        for name, macro in found.items()
        if known.get(name) is not macro  # which a header before has added
        and not (_KNOWN_BY_NAME.match(name) or makes_nothing_of_locks(macro))
        and (name not in known or len(macro.body) >= len(known[name].body))
    }


def _append(translation: Translation, headers: _Headers, *, cpp: bool) -> tuple[Node, ...]:
    """Put the headers' text behind the file's own, where no line of it is a line of the file.

    Each gets a tree of its own over its part of the text: the file's tree is what it would be
    without them, and all offsets still count in one text.
    """
    translation.own = at = len(translation.text)
    starts = []
    for text, pragmas in zip(headers.texts, headers.pragmas, strict=True):
        at += 1  # a line's end between them
        starts.append(at)
        translation.pragmas += [Pragma(at + p.offset, -1, p.text) for p in pragmas]
        at += len(text)
    translation.text = "\n".join((translation.text, *headers.texts))
    data = translation.text.encode("ascii")
    ends = [start + len(text) for start, text in zip(starts, headers.texts, strict=True)]
    return tuple(_parse_part(data, *part, cpp=cpp) for part in zip(starts, ends, strict=True))


def _parse_part(data: bytes, start: int, end: int, *, cpp: bool) -> Node:
    whole = ((0, 0), (0xFFFFFFFF, 0xFFFFFFFF))  # rows and columns: nobody asks for them
    part = Range(*whole, start, end)
    return Parser(_language(cpp), included_ranges=[part]).parse(data).root_node


def _prepared(text: str, *, cpp: bool, cuda: bool) -> str:
    text = _quiet(text, cuda=cuda)
    if _MAY_SPECIFY.search(text):
        text = _OF_LOOP.sub(lambda match: " " * len(match[0]), text)
        text = _unspecified(text) if cpp else text
    if cpp and ("TEST_CASE" in text or "SCENARIO" in text):
        text = _with_tests(text)
    return _braced(with_calls(with_signs(text))) if cpp else text


def _with_tests(text: str) -> str:
    """`TEST_CASE("what", "[tag]") {` as a function without parameters, as others name tests."""
    chars: list[str] | None = None
    for match in _TEST.finditer(text):
        end = _closing(text, match.end() - 1)
        given = text[match.end() : end] if end > 0 else ""
        if '"' in given and _OPENS.match(text, end + 1):
            chars = chars if chars is not None else list(text)
            chars[match.end() : end] = [c if c == "\n" else " " for c in given]
    return "".join(chars) if chars is not None else text


def _unspecified(text: str) -> str:
    """Functions without the macro that says how they are exported or inlined."""

    def without(match: re.Match[str]) -> str:
        macro = "first" if match["first"] else "second"
        start, end = (at - match.start() for at in match.span(macro))
        return match[0][:start] + " " * (end - start) + match[0][end:]

    return _SPECIFIED.sub(without, text)


def is_cpp(path: str, source: str) -> bool:
    """C++ by suffix; a header by what it says, since `.h` serves both languages."""
    if path.endswith(CPP_SUFFIXES):
        return True
    return path.endswith(".h") and _CPP_ONLY.search(source) is not None


def _braced(text: str) -> str:
    """`std::thread t(f, x);` may read as a function; braces say that it is an object."""
    chars: list[str] | None = None
    tasks = _TASK.finditer(text) if "packaged_task" in text else ()
    objects = itertools.chain(*(pattern.finditer(text) for pattern in _OBJECTS))
    for match in itertools.chain(objects, tasks, _made(text)):
        start = match.end() - 1
        while (end := _closing(text, start)) > 0 and not _declares_function(text, start, end):
            chars = chars if chars is not None else list(text)
            chars[start], chars[end] = "{", "}"
            more = _FURTHER.match(text, end + 1)
            if more is None:
                break
            start = more.end() - 1
    return "".join(chars) if chars is not None else text


def _made(text: str) -> Iterator[re.Match[str]]:
    """Objects that are made of what calls give; few parentheses have another one behind them."""
    backwards, size = text[::-1], len(text)
    for nested in _NESTED.finditer(text):
        before = _BEGINNING.match(backwards, size - nested.start())
        start = size - before.end() if before is not None else 0
        end = text[start - 1] if start else "\n"
        head = _FOR.search(text, max(start - 5, 0), start) if end == "(" else None
        if head is not None:
            start, end = head.start() + 1, "for ("
        made = _MADE.match(text, start - (end != "\n")) if end not in "()" else None
        if made is not None:
            yield made


def _declares_function(text: str, start: int, end: int) -> bool:
    """Whether these parentheses are those of a function that returns such an object."""
    return bool(_PARAMETERS.match(text, start + 1) or _FUNCTION.match(text, end + 1))


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, min(len(text), start + 4000)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return -1


def _quiet(text: str, *, cuda: bool) -> str:
    def spaces(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    # The C grammar knows `__thread` alone; the padding keeps every offset.
    text = text.replace("_Thread_local", "__thread     ")
    if "__declspec" in text:
        text = _DECLSPEC_THREAD.sub(lambda match: "__thread".ljust(len(match[0])), text)
    if "omplex" in text:
        text = _COMPLEX.sub(spaces, text)
    if "THREAD_LOCAL" in text or "THREADLOCAL" in text or "_thread_local" in text:
        text = _OWN_WORD.sub(lambda match: "__thread".ljust(len(match[0])), text)
    if "_Atomic" in text:  # the specifier `_Atomic(int)` as the qualifier that the grammar knows
        text = _ATOMIC_OF.sub(r"_Atomic \1 ", text)
    if "typeof" in text:
        text = _without_typeof(text)
    if "(*" in text and ")[" in text:
        text = _ROWS.sub(lambda match: _ROW.sub(r" \1 ", match[0]), text)
    if any(map(text.__contains__, _CASTS)):
        text = _CAST.sub(spaces, text)
    if any(map(text.__contains__, _MARKED)):
        text = _MARKS.sub(spaces, text)
    if cuda:
        text = _LAUNCH.sub(spaces, _CUDA_WORDS.sub(spaces, text))
    return text


def _without_typeof(text: str) -> str:
    """`typeof(x) *p` declares a pointer: the grammar knows no typeof, and the type matters less."""
    chars: list[str] | None = None
    for match in _TYPEOF.finditer(text):
        end = _closing(text, match.end() - 1)
        if end > 0:
            chars = chars if chars is not None else list(text)
            blank = (c if c == "\n" else " " for c in text[match.start() + 4 : end + 1])
            chars[match.start() : end + 1] = ["v", "o", "i", "d", *blank]
    return "".join(chars) if chars is not None else text


def text_of(node: Node) -> str:
    """The node's text in the preprocessed file."""
    text = node.text
    return text.decode("ascii") if text else ""


def named_anew(capture: Node) -> bool:
    """Whether a capture has an initialiser, which is read where the lambda is made: `[n = f()]`."""
    return capture.child_by_field_name("right") is not None
