"""OpenMP patterns of temporaries: what each thread has for itself, and what only looks like it."""

from __future__ import annotations

from model_export.programs.compose.omp_maker import OmpMaker
from model_export.programs.compose.omp_parts import OmpParts, Pattern

APART = "same-location"


def temporary(make: OmpMaker, variant: str) -> OmpParts:
    """A scalar that an iteration writes and then reads."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    b = make.array(parts, n, base=a.base)
    name, i = make.names.thing(), make.i
    steps = make.rng.choice((1, 2))
    body = [f"{name} = {b}[{i}] * 2;", *([f"{name} += {i};"] if steps == 2 else [])]
    body.append(f"{a}[{i}] = {make.mixed(name, f'{a}[{i}]')};")
    declared, clause = {
        "inside": ("inside", ""),
        "private": ("local", f"private({name})"),
        "firstprivate": ("local", f"firstprivate({name})"),
        "lastprivate": ("local", f"lastprivate({name})"),
        "shadowed": ("shadowed", ""),
        "file-private": ("top", f"private({name})"),
        "outside": ("local", ""),
        "listed": ("local", f"shared({name})"),
        "file-level": ("top", ""),
        "static": ("static", ""),
        "other-private": ("both", f"private({name}_2)"),
    }[variant]
    if declared == "inside":
        body[0] = f"{a.base} {body[0]}"
    if declared in ("local", "shadowed", "both"):
        parts.local.append(f"{a.base} {name} = 0;")
    if declared == "both":
        parts.local.append(f"{a.base} {name}_2 = 0;")
        body.append(f"{name}_2 = {name};")
    if declared == "shadowed":
        body[0] = f"{a.base} {body[0]}"
    if declared == "static":
        body = [f"static {a.base} {name};", *body]
    if declared == "top":
        parts.top.append(f"static {a.base} {name};")
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    if variant == "lastprivate":
        parts.after.append(make.seen(name))
    parts.after.append(make.seen(f"{a}[4]"))
    parts.about = name
    return parts


def buffer(make: OmpMaker, variant: str) -> OmpParts:
    """A scratch array: one for all, one for each thread, or one for each iteration."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    name, i, j = make.names.thing(), make.i, make.j
    width = make.size(parts, make.rng.choice((4, 6, 8)))
    dimension, base = f"[{width.declared()}]", a.base
    place = f"{name}[{j}]"
    declared, clause, inside = {
        "inside": ("", "", [f"{base} {name}{dimension};"]),
        "private": (f"{base} {name}{dimension};", f"private({name})", []),
        "heap-inside": ("", "", [f"{base} *{name} = {make.zeroed(base, width.declared())};"]),
        "by-thread": (f"{base} {name}[64]{dimension};", "", []),
        "outside": (f"{base} {name}{dimension};", "", []),
        "heap-outside": (f"{base} *{name} = {make.zeroed(base, width.declared())};", "", []),
        "private-pointer": (
            f"{base} *{name} = {make.zeroed(base, width.declared())};",
            f"firstprivate({name})",
            [],
        ),
        "few-rows": (f"{base} {name}[4]{dimension};", "", []),
        "static-inside": ("", "", [f"static {base} {name}{dimension};"]),
    }[variant]
    if variant == "by-thread":
        place = f"{name}[omp_get_thread_num()][{j}]"
    elif variant == "few-rows":
        place = f"{name}[{i} % 4][{j}]"
        make.odd_chunks()
    if declared:
        parts.local.append(declared)
    summed = f"{a}[{i}] += {place};"
    body = [*inside, *make.loop(j, "0", f"{width}", [f"{place} = ({base})({i} + {j});"])]
    body += make.loop(j, "0", f"{width}", [summed])
    if variant == "heap-inside":
        body.append(f"delete[] {name};" if make.cpp else f"free({name});")
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    parts.after.append(make.seen(f"{a}[2]"))
    parts.about = name
    return parts


def record(make: OmpMaker, variant: str) -> OmpParts:
    """Structures: elements with several fields, and one that serves as a temporary."""
    parts = OmpParts()
    n = make.size(parts)
    kind, items = make.names.holder(), make.names.thing()
    x, y, kept = make.names.thing(), make.names.thing(), make.names.thing()
    i = make.i
    parts.top += [f"struct {kind} {{", f"  double {x};", f"  double {y};", "};"]
    parts.top.append(f"static struct {kind} {items}[{n.declared(2)}];")
    parts.setup += [f"for (int i = 0; i < {n} + 2; i++)", f"  {items}[i].{y} = i % 9;"]
    here, ahead = f"{items}[{i}]", f"{items}[{i} + 1]"
    temporary_ = [f"{kept}.{x} = {here}.{y} * 2;", f"{here}.{x} = {kept}.{x};"]
    body, clause, about, outer = {
        "own": ([f"{here}.{x} = {here}.{y} + 1;"], "", x, False),
        "other-field": ([f"{here}.{x} = {ahead}.{y} + 1;"], "", x, False),
        "own-copy": (
            [f"struct {kind} {kept} = {here};", f"{kept}.{x} += {i};", f"{here} = {kept};"],
            "",
            items,
            False,
        ),
        "private": (temporary_, f"private({kept})", kept, True),
        "by-pointer": ([f"struct {kind} *at = &{here};", f"at->{x} = at->{y} * 3;"], "", x, False),
        "same-field": ([f"{here}.{x} = {ahead}.{x} + 1;"], "", x, False),
        "both-fields": ([f"{here}.{x} = {ahead}.{y};", f"{here}.{y} = {i};"], "", y, False),
        "shared-copy": (temporary_, "", kept, True),
        "next-by-pointer": (
            [f"struct {kind} *at = &{ahead};", f"at->{x} += {here}.{x};"],
            "",
            x,
            False,
        ),
        "first-of-all": ([f"{items}[0].{x} += {here}.{y};"], "", x, False),
    }[variant]
    if outer:
        parts.local.append(f"struct {kind} {kept};")
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    parts.after.append(make.seen(f"{items}[4].{x}"))
    parts.about = about
    return parts


def last_value(make: OmpMaker, variant: str) -> OmpParts:
    """A value that is wanted after the loop."""
    parts = OmpParts()
    n = make.size(parts)
    a = make.array(parts, n)
    item = make.scalar(parts, base=a.base, listed=True)
    i = make.i
    value = f"{a}[{i}] + {i}"
    body, clause = {
        "lastprivate": ([f"{item} = {value};"], f"lastprivate({item})"),
        "last-iteration": ([f"if ({i} == {n} - 1)", f"  {item} = {value};"], ""),
        "one-iteration": ([f"{a}[{i}] += 1;", f"if ({i} == 5)", f"  {item} = {a}[{i}];"], ""),
        "critical": (make.critical([f"{item} = {value};"]), ""),
        "all-write": ([f"{item} = {value};"], ""),
        "some-write": ([f"if ({i} % 4 == 0)", f"  {item} = {value};"], ""),
        "late-write": ([f"if ({i} > 3)", f"  {item} = {value};"], ""),
        "last-and-read": (
            [f"if ({i} == {n} - 1)", f"  {item} = {value};", f"{a}[{i}] = {item};"],
            "",
        ),
    }[variant]
    if variant in ("some-write", "late-write"):
        make.odd_chunks()
    parts.code += make.over(parts, "0", f"{n}", body, clause)
    parts.after.append(make.seen(str(item)))
    parts.about = item.name
    return parts


def _apart(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, APART)


PATTERNS = {
    "temporary": Pattern(
        temporary,
        _apart("inside", "private", "firstprivate", "lastprivate", "shadowed", "file-private"),
        ("outside", "listed", "file-level", "static", "other-private"),
    ),
    "buffer": Pattern(
        buffer,
        _apart("inside", "private", "heap-inside", "by-thread"),
        ("outside", "heap-outside", "private-pointer", "few-rows", "static-inside"),
    ),
    "record": Pattern(
        record,
        _apart("own", "other-field", "own-copy", "private", "by-pointer"),
        ("same-field", "both-fields", "shared-copy", "next-by-pointer", "first-of-all"),
    ),
    "last-value": Pattern(
        last_value,
        {
            "lastprivate": APART,
            "last-iteration": "concurrent",
            "one-iteration": "concurrent",
            "critical": "unprotected",
        },
        ("all-write", "some-write", "late-write", "last-and-read"),
    ),
}
