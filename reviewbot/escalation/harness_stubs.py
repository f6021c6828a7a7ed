"""Stand-ins for what a function calls and the file does not hold, made for the linker.

They are written in assembly because only the linker's name of a symbol is known for certain: a
prototype may be hidden behind macros, overloads or conditional code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Without their bodies the order that these give to threads would be lost: reports would be wrong.
_ORDERS = re.compile(
    r"(?i)(?:^|::)acquire$|semaphore|sem_(?:wait|post)|barrier|atomic|cond_|critical|(?<!re)signal|broadcast"
    r"|try_?(?:rd|wr)?_?lock|timed_?lock"
)
_STARTS = re.compile(
    r"(?i)thread_?(?:create|new|start|run|pool|init)|create_?thread|spawn|pool_add|parallel"
)
# One recursive lock stands for all that are elsewhere: it orders more than they do, never less.
_LOCKS = re.compile(r"(?i)(?<![bcnu])lock(?!s?ize)|mutex_?enter")
_UNLOCKS = re.compile(r"(?i)un_?lock|mutex_?exit")
_LIFE = re.compile(
    r"(?i)init|new|create|alloc|free|destroy|delete|make|size|count|(?-i:^(?:.*::)?\w*(?:Mutex|Lock)$)"
)
_ALLOCATES = re.compile(r"(?i)alloc|strdup|_new\b|memory")
_DATA = re.compile(r"^_ZT[VIST]|^_ZN.*E$|^_ZGV")
_BLOCK = 65536


def why_not_stubbed(symbols: Sequence[str]) -> str | None:
    """Why the absence of one of these cannot be bridged, or None."""
    for symbol in symbols:
        name = plain(symbol)
        if _ORDERS.search(name) and not _is_lock(name):
            return f"calls {name}, which synchronises and is defined in another file"
        if _STARTS.search(name):
            return f"calls {name}, which starts threads and is defined in another file"
    return None


def _is_lock(name: str) -> bool:
    """Whether it takes or gives back a lock, and does not say whether it could."""
    return not re.search(r"(?i)try|timed|wait|cond|barrier", name) and bool(
        _LOCKS.search(name) or _UNLOCKS.search(name)
    )


def plain(symbol: str) -> str:
    """The name in a mangled symbol, as far as people need it: `_ZN1a3runEi` gives `a::run`."""
    found = re.match(r"_ZN?[KVrRO]*", symbol)
    if found is None:
        return symbol
    names, at = [], found.end()
    while number := re.match(r"\d+", symbol[at:]):
        start = at + number.end()
        at = start + int(number.group())
        names.append(symbol[start:at])
    return "::".join(names) or symbol


def stub(symbol: str, texts: Sequence[str]) -> str:
    """An assembly definition of a symbol; `texts` are searched for its declaration."""
    name = plain(symbol).split("::")[-1]
    if _is_data(symbol, name, texts):
        return _table(symbol) if symbol.startswith("_ZTV") else _data(symbol)
    return _function(symbol, _body(name, texts))


def _body(name: str, texts: Sequence[str]) -> str | None:
    """The function that does a stub's work, None for one that returns zero."""
    if not _LIFE.search(name):
        if _UNLOCKS.search(name):
            return "rb_unlock"
        if _LOCKS.search(name):
            return "rb_lock"
    return "rb_fresh" if _returns_pointer(name, texts) else None


def _is_data(symbol: str, name: str, texts: Sequence[str]) -> bool:
    if _DATA.search(symbol):
        return True
    declares = re.compile(rf"\bextern\b[^;(){{}}]*\b{re.escape(name)}\s*(?:\[[^;]*)?;")
    return any(name in text and declares.search(text) for text in texts)


def _returns_pointer(name: str, texts: Sequence[str]) -> bool:
    if _ALLOCATES.search(name):
        return True
    declares = re.compile(rf"\*\s*(?:[A-Za-z_]\w*\s+)*{re.escape(name)}\s*\(")
    uses = re.compile(rf"[;}}\n]\s*(?:[A-Za-z_]\w*[\s*]+)+{re.escape(name)}\s*\(")
    return any(
        name in text and declares.search(match.group())
        for text in texts
        for match in uses.finditer(text)
    )


def _function(symbol: str, body: str | None) -> str:
    intel = f"jmp {body}" if body else r"xorl %eax, %eax\n xorps %xmm0, %xmm0\n ret"
    arm = f"b {body}" if body else r"mov x0, xzr\n fmov d0, xzr\n ret"
    head = rf".text\n.globl {symbol}\n.type {symbol}, %function\n{symbol}:\n "
    return (
        f'#if defined(__aarch64__)\n__asm__("{head}{arm}\\n");\n'
        f'#else\n__asm__("{head.replace("%function", "@function")}{intel}\\n");\n#endif'
    )


def _data(symbol: str) -> str:
    return rf'__asm__(".bss\n.globl {symbol}\n.balign 64\n{symbol}:\n.zero {_BLOCK}\n.text\n");'


def _table(symbol: str) -> str:
    """A table of virtual functions that all return zero."""
    head = rf".section .data.rel.ro,\"aw\"\n.globl {symbol}\n.balign 64\n{symbol}:\n"
    return rf'__asm__("{head}.rept 512\n.quad rb_null\n.endr\n.text\n");'
