"""tree-sitter's trees of preprocessed files: which grammar, which limits, what went wrong."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import tree_sitter_c
import tree_sitter_cpp
from tree_sitter import Language, Node, Parser

from reviewbot.code.openmp import Directive, parse_directive
from reviewbot.code.prefilter import CPP_SUFFIXES
from reviewbot.code.preprocessor import Translation, decode, translate

_CPP_ONLY = re.compile(
    r"\b(namespace|template\s*<|class\s+\w+|std::|public:|private:|constexpr|noexcept|nullptr|using\s)"
)
_CUDA_WORDS = re.compile(r"__(?:global|device|host|shared|constant|forceinline|restrict)__")
_LAUNCH = re.compile(r"<<<.{0,400}?>>>", re.DOTALL)
_OBJECT = re.compile(
    r"\b(?:j?thread|lock_guard|unique_lock|scoped_lock|shared_lock|QMutexLocker)\b(?:\s*<[^;{}()]{0,200}>)?\s+\w+\s*\("
)
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
_ATOMIC_OF = re.compile(r"\b_Atomic\(([^()*\n]{1,60})\)")
_TYPEOF = re.compile(r"\b(?:__)?typeof(?:__)?\s*\(")
_MARKED = re.compile(r"__|restrict|RESTRICT|alignas|_Noreturn|GUARDED_|LOCKS?_|REQUIRES|EXCLUDES")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed file: its preprocessed text, the tree over it, and its directives in order."""

    path: str
    translation: Translation
    root: Node
    cpp: bool
    directives: tuple[Directive, ...]


@functools.cache
def _parser(cpp: bool) -> Parser:
    language = tree_sitter_cpp.language() if cpp else tree_sitter_c.language()
    return Parser(Language(language))


def parse(path: str, data: bytes) -> Parsed:
    """Parse any bytes as C or C++; fragments and broken code give a tree with error nodes."""
    source = decode(data)
    cpp = is_cpp(path, source)
    translation = translate(source)
    translation.text = _quiet(translation.text, cuda=path.endswith((".cu", ".cuh")))
    if cpp:
        translation.text = _braced(translation.text)
    directives = tuple(parse_directive(p.text, p.offset, p.origin) for p in translation.pragmas)
    tree = _parser(cpp).parse(translation.text.encode("ascii"))
    return Parsed(path, translation, tree.root_node, cpp, directives)


def is_cpp(path: str, source: str) -> bool:
    """C++ by suffix; a header by what it says, since `.h` serves both languages."""
    if path.endswith(CPP_SUFFIXES):
        return True
    return path.endswith(".h") and _CPP_ONLY.search(source) is not None


def _braced(text: str) -> str:
    """`std::thread t(f, x);` may read as a function; braces say that it is an object."""
    chars: list[str] | None = None
    for match in _OBJECT.finditer(text):
        end = _closing(text, match.end() - 1)
        if end > 0:
            chars = chars if chars is not None else list(text)
            chars[match.end() - 1], chars[end] = "{", "}"
    return "".join(chars) if chars is not None else text


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
    if "_Atomic" in text:  # the specifier `_Atomic(int)` as the qualifier that the grammar knows
        text = _ATOMIC_OF.sub(r"_Atomic \1 ", text)
    if "typeof" in text:
        text = _without_typeof(text)
    if _MARKED.search(text):
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
    return node.text.decode("ascii") if node.text else ""
