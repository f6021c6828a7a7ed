"""How shared state is touched: each operation, under each protection, and each slip of it.

The texts are those of `small_text` with holes: {p} the place, {e} a value, {v} a local name, {T} a
type, {q} a queue. A line `<` takes the lock of the state and `>` gives it back; `[` and `]` take
and give back another lock. What declares names of its own stands in a block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The protections: a lock; a type that is atomic; builtins on a plain type; an OpenMP directive;
# and none, which is what a slip makes of an atomic type.
HELD, TYPED, BUILTIN, PRAGMA, PLAIN = "held", "typed", "builtin", "pragma", "plain"
Forms = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spelling:
    """The texts of one operation under one protection, by name."""

    clean: Forms
    racy: Forms


def _only(**racy: str) -> Forms:
    return {name.replace("_", "-"): text for name, text in racy.items()}


_ADD, _SUB = "{p} += {e};", "{p} -= {e};"
_SET = "{p} = {e};"


def _sum(sign: str, bare: str) -> Mapping[str, Spelling]:
    value = "{e}" if sign == "+" else "-({e})"
    was = f"$was {sign} ({{e}})"
    out = "{{\n{T} $was = {p};\n" + f"<\n{{p}} = {was};\n>\n}}}}"
    late = "{{\n{T} $was;\n<\n$was = {p};\n>\n" + f"{{p}} = {was};\n}}}}"
    loop = "{{\n{T} $was = $LOAD({p});\nwhile (!$CAS({p}, $was, " + was + "))\n;\n}}"
    kept = "{{\n{T} $was = {p};\n$BSTORE({p}, " + was + ");\n}}"
    seen = "{{\n{T} $was;\n#pragma omp atomic read\n$was = {p};\n"
    return {
        HELD: Spelling(
            {"held": f"<\n{bare}\n>"},
            _only(bare=bare, read_out=out, write_late=late, other=f"[\n{bare}\n]"),
        ),
        TYPED: Spelling(
            {
                "add": f"$ADD({{p}}, {value});",
                "cas": loop,
                "two": f"$STORE({{p}}, $LOAD({{p}}) {sign} ({{e}}));",
            },
            {},
        ),
        BUILTIN: Spelling({"add": f"$BADD({{p}}, {value});"}, _only(bare=bare, read_out=kept)),
        PRAGMA: Spelling(
            {"update": f"#pragma omp atomic«¦ update¦ relaxed»\n{bare}"},
            _only(
                bare=bare,
                read_out="{{\n{T} $was = {p};\n#pragma omp atomic write\n"
                + f"{{p}} = {was};\n}}}}",
                write_late=seen + f"{{p}} = {was};\n}}}}",
            ),
        ),
        PLAIN: Spelling({"bare": bare}, {}),
    }


def _best(less: str) -> Mapping[str, Spelling]:
    """Keeps the smaller (or the larger) of what is there and the value."""
    new = "const {T} $cand = {e};\n"
    check = f"if ($cand {less} {{p}})\n{{p}} = $cand;\n"
    opened = f"if ($cand {less} {{p}}) {{{{\n"
    was = "{T} $was = "
    inside = f"{{{{\n{new}<\n{check}>\n}}}}"

    def loop(load: str, swap: str) -> str:
        return f"{{{{\n{new}{was}{load};\nwhile ($cand {less} $was && !{swap})\n;\n}}}}"

    def once(load: str, store: str) -> str:
        return f"{{{{\n{new}if ($cand {less} {load})\n{store};\n}}}}"

    compared = f"#pragma omp atomic compare\nif ($cand {less} {{p}}) {{{{ {{p}} = $cand; }}}}\n"
    written = "#pragma omp atomic write\n{p} = $cand;\n"
    bare = f"{{{{\n{new}{check}}}}}"
    return {
        HELD: Spelling(
            {"held": inside, "again": inside},
            _only(
                bare=bare,
                guard_out=f"{{{{\n{new}{opened}<\n{{p}} = $cand;\n>\n}}}}\n}}}}",
                checked_twice=f"{{{{\n{new}{opened}<\n{check}>\n}}}}\n}}}}",
                write_late=f"{{{{\n{new}{was}0;\n<\n$was = {{p}};\n>\n"
                f"if ($cand {less} $was)\n{{p}} = $cand;\n}}}}",
                other=f"{{{{\n{new}[\n{check}]\n}}}}",
            ),
        ),
        TYPED: Spelling(
            {
                "cas": loop("$LOAD({p})", "$CAS({p}, $was, $cand)"),
                "two": once("$LOAD({p})", "$STORE({p}, $cand)"),
            },
            {},
        ),
        BUILTIN: Spelling(
            {
                "cas": loop("$BLOAD({p})", "$BCAS({p}, $was, $cand)"),
                "two": once("$BLOAD({p})", "$BSTORE({p}, $cand)"),
            },
            _only(
                bare=bare,
                guard_out=once("{p}", "$BSTORE({p}, $cand)"),
                store_bare=once("$BLOAD({p})", "{p} = $cand"),
            ),
        ),
        PRAGMA: Spelling(
            {"compare": f"{{{{\n{new}{compared}}}}}"},
            _only(
                bare=bare,
                guard_out=f"{{{{\n{new}{opened}{written}}}}}\n}}}}",
                compared_after=f"{{{{\n{new}{opened}{compared}}}}}\n}}}}",
            ),
        ),
        PLAIN: Spelling({"bare": bare}, {}),
    }


_GET: Mapping[str, Spelling] = {
    HELD: Spelling(
        {"held": "{T} {v};\n<\n{v} = {p};\n>"},
        _only(
            bare="{T} {v} = {p};", peek="{T} {v} = $BLOAD({p});", other="{T} {v};\n[\n{v} = {p};\n]"
        ),
    ),
    TYPED: Spelling({"load": "{T} {v} = $LOAD({p});", "plainly": "{T} {v} = {p};"}, {}),
    BUILTIN: Spelling({"load": "{T} {v} = $BLOAD({p});"}, _only(bare="{T} {v} = {p};")),
    PRAGMA: Spelling(
        {"read": "{T} {v};\n#pragma omp atomic read\n{v} = {p};"}, _only(bare="{T} {v} = {p};")
    ),
    PLAIN: Spelling({"bare": "{T} {v} = {p};"}, {}),
}
_STORE: Mapping[str, Spelling] = {
    HELD: Spelling(
        {"held": f"<\n{_SET}\n>"},
        _only(bare=_SET, other=f"[\n{_SET}\n]", builtin="$BSTORE({p}, {e});"),
    ),
    TYPED: Spelling({"store": "$STORE({p}, {e});", "plainly": _SET}, {}),
    BUILTIN: Spelling({"store": "$BSTORE({p}, {e});"}, _only(bare=_SET)),
    PRAGMA: Spelling({"write": f"#pragma omp atomic write\n{_SET}"}, _only(bare=_SET)),
    PLAIN: Spelling({"bare": _SET}, {}),
}
# Takes what is still 0 by writing a value that is not; opens the block of whoever won.
_CLAIM: Mapping[str, Spelling] = {
    HELD: Spelling(
        {"held": "int {v} = 0;\n<\nif ({p} == 0) {{\n{p} = {e};\n{v} = 1;\n}}\n>\nif ({v}) {{"},
        _only(
            bare="if ({p} == 0) {{\n{p} = {e};",
            guard_out="if ({p} == 0) {{\n<\n{p} = {e};\n>",
            seen_first="int {v} = {p};\nif ({v} == 0) {{\n<\n{v} = {p};\n{p} = {e};\n>\n}}\n"
            "if ({v} == 0) {{",
            write_late="int {v};\n<\n{v} = {p};\n>\nif ({v} == 0) {{\n{p} = {e};",
        ),
    ),
    TYPED: Spelling(
        {
            "cas": "int {v} = 0;\nif ($CASS({p}, {v}, {e})) {{",
            "looked": "int {v} = $LOAD({p});\nif ({v} == 0 && $CASS({p}, {v}, {e})) {{",
            "swap": "if ($SWAP({p}, {e}) == 0) {{",
            "two": "if ($LOAD({p}) == 0) {{\n$STORE({p}, {e});",
        },
        {},
    ),
    BUILTIN: Spelling(
        {
            "cas": "int {v} = 0;\nif ($BCAS({p}, {v}, {e})) {{",
            "swap": "if ($BSWAP({p}, {e}) == 0) {{",
        },
        _only(
            bare="if ({p} == 0) {{\n{p} = {e};",
            guard_out="if ({p} == 0) {{\n$BSTORE({p}, {e});",
            looked="int {v} = 0;\nif ({p} == 0 && $BCAS({p}, {v}, {e})) {{",
        ),
    ),
    PRAGMA: Spelling(
        {
            "capture": "int {v};\n#pragma omp atomic capture\n{{ {v} = {p}; {p} = {e}; }}\n"
            "if ({v} == 0) {{"
        },
        _only(
            bare="if ({p} == 0) {{\n{p} = {e};",
            guard_out="if ({p} == 0) {{\n#pragma omp atomic write\n{p} = {e};",
            write_late="int {v};\n#pragma omp atomic read\n{v} = {p};\n"
            "if ({v} == 0) {{\n{p} = {e};",
        ),
    ),
    PLAIN: Spelling({"bare": "if ({p} == 0) {{\n{p} = {e};"}, {}),
}
# Takes the next number of a counter: the end of a queue, or the next piece of work.
_TAKE: Mapping[str, Spelling] = {
    HELD: Spelling(
        {
            "held": "int {v};\n<\n{v} = {p}++;\n>",
            "apart": "int {v};\n<\n{v} = {p};\n{p} = {v} + 1;\n>",
        },
        _only(
            bare="int {v} = {p}++;",
            read_out="int {v} = {p};\n<\n{p} = {v} + 1;\n>",
            write_late="int {v};\n<\n{v} = {p};\n>\n{p} = {v} + 1;",
            other="int {v};\n[\n{v} = {p}++;\n]",
        ),
    ),
    TYPED: Spelling({"add": "int {v} = $ADD({p}, 1);", "plainly": "int {v} = {p}++;"}, {}),
    BUILTIN: Spelling(
        {"add": "int {v} = $BADD({p}, 1);"},
        _only(
            bare="int {v} = {p}++;",
            read_out="int {v} = {p};\n$BADD({p}, 1);",
            write_late="int {v} = $BLOAD({p});\n{p} = {v} + 1;",
        ),
    ),
    PRAGMA: Spelling(
        {"capture": "int {v};\n#pragma omp atomic capture\n{v} = {p}++;"},
        _only(
            bare="int {v} = {p}++;",
            read_out="int {v} = {p};\n#pragma omp atomic\n{p}++;",
            update="int {v};\n#pragma omp atomic\n{p}++;\n{v} = {p} - 1;",
        ),
    ),
    PLAIN: Spelling({"bare": "int {v} = {p}++;"}, {}),
}
OPERATIONS: Mapping[str, Mapping[str, Spelling]] = {
    "get": _GET,
    "set": _STORE,
    "claim": _CLAIM,
    "take": _TAKE,
    "add": _sum("+", _ADD),
    "sub": _sum("-", _SUB),
    "min": _best("<"),
    "max": _best(">"),
}
