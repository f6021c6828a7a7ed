"""From the recipe to the program: the runtime, the file itself, the driver, the stubs."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from pathlib import Path

from reviewbot.code.parse import Parsed
from reviewbot.code.symbols import FileSymbols
from reviewbot.escalation.harness_driver import Driver, driver_c, driver_cpp
from reviewbot.escalation.harness_fill import Known, length
from reviewbot.escalation.harness_headers import Included, read_includes
from reviewbot.escalation.harness_recipe import Harness, Recipe
from reviewbot.escalation.harness_skip import why_not
from reviewbot.escalation.harness_source import read, without
from reviewbot.escalation.harness_stubs import plain, stub
from reviewbot.escalation.harness_target import Calls, Subject, other_methods, subject
from reviewbot.escalation.harness_which import creator_of, entry_of, find, spawn_argument
from reviewbot.records import Skipped

THREADS = (4, 8)
SECONDS = 10  # for one run, by the driver's own watchdog
DRIVER, RUNTIME = "reviewbot-driver", "reviewbot-runtime"  # as paths in the compiler's messages
_HERE = Path(__file__).parent
_FLAGS = (
    *("-pthread", "-D_GNU_SOURCE", "-w", "-ferror-limit=0"),
    # Only what the driver reaches is linked, so only what it reaches must be there.
    *("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-Wl,--no-demangle", "-lm"),
    "-Wl,-z,muldefs",  # a companion may define again what another does
    # Inputs that lead out of an array end the run: what is reported behind it would be no race.
    *("-fsanitize=bounds", "-fsanitize-undefined-trap-on-error"),
)
# A header that is missing hides prototypes; what is then called is found at link time or stubbed.
_C = (
    "-std=gnu17",
    "-Wno-error=implicit-function-declaration",
    "-Wno-error=incompatible-function-pointer-types",
)
_CPP = ("-fno-access-control", "-Wno-error=register", "-Wno-register")
_NEW = re.compile(
    r"\bstd::(?:jthread|barrier|latch|span|counting_semaphore|binary_semaphore|atomic_ref|stop_token|format)"
    r"\b|\bconcept\b|\brequires\b|\bco_await\b|<=>"
)


def render(recipe: Recipe) -> Harness | Skipped:
    """The harness of a recipe, or why the function cannot be called by a driver."""
    parsed, symbols = read(recipe.path, recipe.text)
    function = find(parsed, symbols, recipe.function)
    if function is None:
        return Skipped(path=recipe.path, reason=f"no body of {recipe.function} in the file")
    line = parsed.translation.line(function.node.start_byte)
    reason = why_not(recipe.path, parsed, function)
    if reason is not None:
        return Skipped(path=recipe.path, reason=reason, line=line)
    chosen = subject(parsed, symbols, function)
    if isinstance(chosen, str):
        return Skipped(path=recipe.path, reason=chosen, line=line)
    if chosen.calls is Calls.WORKER:
        chosen = creator_of(parsed, symbols, chosen) or chosen
    entry = entry_of(parsed, symbols, chosen, _included(recipe).texts)
    if isinstance(entry, str):
        return Skipped(path=recipe.path, reason=entry, line=line)
    return _program(recipe, parsed, symbols, entry)


def _program(
    recipe: Recipe, parsed: Parsed, symbols: FileSymbols, chosen: Subject
) -> Harness | Skipped:
    included = _included(recipe)
    known = Known(symbols, included.headers)
    driver = _driver(recipe, parsed, symbols, chosen, known)
    body = "\n".join("" if s in recipe.dropped_lines else s for s in driver.text.split("\n"))
    cpp = parsed.cpp
    openmp = bool(parsed.directives)
    start = "rb_outside()" if cpp else "rb_all()"
    source = "\n".join(
        [
            f"#define RB_N {length(driver.sizes)}",
            f"#define RB_SECONDS {SECONDS}",
            f'#line 1 "{RUNTIME}"',
            _runtime("c") + (_runtime("hpp") if cpp else ""),
            *(["#include <omp.h>"] if openmp else []),
            "#define main rb_original_main",
            _body(recipe),
            "#undef main",
            f'#line 1 "{DRIVER}"',
            body,
            f"int main(void) {{ rb_start(); {start}; return rb_end(); }}",
            *(stub(s, (recipe.text, *included.texts)) for s in recipe.stubs),
            "",
        ]
    )
    return Harness(
        source=source,
        language="c++" if cpp else "c",
        flags=_flags(recipe, cpp=cpp, openmp=openmp),
        threads=THREADS,
        note=_note(recipe, chosen, driver),
        recipe=recipe,
        function=chosen.function.qualified,
        files=tuple((name, "") for name in recipe.empty),
        companions=recipe.companions,
    )


@functools.cache
def _runtime(suffix: str) -> str:
    return (_HERE / f"harness_runtime.{suffix}").read_text(encoding="utf-8")


def _body(recipe: Recipe) -> str:
    """The file's text without what was dropped; a header that guards itself includes itself."""
    if re.search(r"^\s*#\s*pragma\s+once\b", recipe.text, re.MULTILINE):
        found = [d for d in recipe.include_dirs if (d / Path(recipe.path).name).is_file()]
        if found and not recipe.dropped:
            return f'#include "{found[0] / Path(recipe.path).name}"'
    return f'#line 1 "{recipe.path}"\n{without(recipe.text, recipe.dropped)}'


def _driver(
    recipe: Recipe, parsed: Parsed, symbols: FileSymbols, chosen: Subject, known: Known
) -> Driver:
    spawns = spawn_argument(parsed, chosen.function.name)
    if not parsed.cpp:
        return driver_c(chosen, known, spawns)
    bare = _constructor_is_stubbed(recipe, chosen)
    others: list[Subject] = []
    if chosen.calls is Calls.METHOD:
        found = [
            subject(parsed, symbols, f) for f in other_methods(symbols, parsed, chosen.function)
        ]
        others = [s for s in found if isinstance(s, Subject) and s.owner == chosen.owner]
    return driver_cpp(chosen, others, known, spawns, spelled=recipe.spelled, bare=bare)


def _constructor_is_stubbed(recipe: Recipe, chosen: Subject) -> bool:
    name = chosen.owner.split("::")[-1].split("<")[0]
    made = re.compile(rf"{len(name)}{name}C[123]")
    return bool(name) and any(made.search(symbol) for symbol in recipe.stubs)


def _flags(recipe: Recipe, *, cpp: bool, openmp: bool) -> tuple[str, ...]:
    standard = ("-std=gnu++20" if _NEW.search(recipe.text) else "-std=gnu++17", *_CPP)
    # `-idirafter .` finds the empty headers, and only where there is no other.
    dirs = tuple(f"-I{d}" for d in recipe.include_dirs) + (
        ("-idirafter", ".") if recipe.empty else ()
    )
    further = _companion_dirs(recipe)
    return (
        *(standard if cpp else _C),
        *_FLAGS,
        *(("-fopenmp",) if openmp else ()),
        *dirs,
        *(f for f in further if f not in dirs),
        *(f"-D{define}" for define in recipe.defines),
        *map(str, recipe.companions),
    )


def _companion_dirs(recipe: Recipe) -> tuple[str, ...]:
    """Where the headers of the files compiled along lie."""
    if recipe.repository is None:
        return ()
    found: dict[str, None] = {}
    for file in recipe.companions:
        text = file.read_text(encoding="utf-8", errors="replace")
        found |= dict.fromkeys(f"-I{d}" for d in recipe.repository.include_dirs(text, file))
    return tuple(found)


def _note(recipe: Recipe, chosen: Subject, driver: Driver) -> str:
    parts = [chosen.calls.value]
    if chosen.function.qualified.split("::")[-1] != recipe.function.split("::")[-1]:
        parts.append(f"driven through {chosen.function.qualified}")
    parts += [driver.note] if driver.note else []
    if recipe.companions:
        parts.append(f"compiled with {', '.join(f.name for f in recipe.companions)}")
    if recipe.stubs:
        parts.append(f"stubs for {', '.join(plain(s) for s in recipe.stubs)}")
    if recipe.empty:
        more = f" and {len(recipe.empty) - 4} more" if len(recipe.empty) > 4 else ""
        parts.append(f"headers taken for empty: {', '.join(recipe.empty[:4])}{more}")
    if recipe.dropped:
        parts.append(f"{len(recipe.dropped)} other parts of the file left out")
    return "; ".join(parts)


@functools.lru_cache(maxsize=16)
def _read_included(text: str, folder: Path, dirs: tuple[Path, ...]) -> Included:
    return read_includes(text, folder, dirs)


def _included(recipe: Recipe) -> Included:
    return _read_included(recipe.text, Path(recipe.path).absolute().parent, recipe.include_dirs)


def with_empty_headers(recipe: Recipe) -> Recipe:
    """The recipe with headers that lie nowhere, such as a build makes, taken for empty."""
    missing = _included(recipe).missing
    names = tuple(n for n in missing if ".." not in n and not n.startswith("/"))
    return replace(recipe, empty=names)
