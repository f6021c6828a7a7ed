"""Spells what orders threads besides joins and locks: conditions, meetings with main, futures."""

from __future__ import annotations

import re

from model_export.programs.compose.manner_speller import MannerSpeller
from model_export.programs.compose.parts import Lines
from model_export.programs.compose.shape_speller import CLASS, LOCAL
from model_export.programs.compose.small_style import SmallStyle

_HEADERS = (  # of C++ alone
    (r"std::condition_variable", "condition_variable"),
    (r"std::(?:promise|future|shared_future|async)\b", "future"),
)
# What main does to elements and fields of its own locals clang 19 leaves out.
_PARTS = re.compile(r"\$\w+\[|\.\$")
# ThreadSanitizer does not know these functions of <threads.h> either.
_SEEN = (
    ("cnd_wait", "pthread_cond_wait"),
    ("cnd_signal", "pthread_cond_signal"),
    ("cnd_broadcast", "pthread_cond_broadcast"),
    ("thrd_detach", "pthread_detach"),
)


class GateSpeller(MannerSpeller):
    """A speller of manners that also knows conditions, recursive locks and futures."""

    def __init__(
        self, style: SmallStyle, *, single: bool = False, flat: bool = False, main: str = ""
    ) -> None:
        super().__init__(style, single=single, flat=flat, main=main)
        if self.shape == LOCAL and _PARTS.search(main):  # no tool sees them there
            self.shape = CLASS
        rng = style.draw("gate")
        self.predicate = style.cpp and rng.random() < 0.5
        self.all_woken = rng.random() < 0.6
        self.after: Lines = []  # what must follow the headers

    # --- operations ----------------------------------------

    def op_hold(self, lock: str) -> str:
        """Takes a lock that a wait gives back, until `$LET`."""
        if self.style.cpp:
            return f"{{ std::unique_lock<std::mutex> hold({lock});"
        return self.dialect.acquire(lock, "mutex")

    def op_let(self, lock: str) -> str:
        """Gives it back."""
        return "}" if self.style.cpp else self.dialect.release(lock, "mutex")

    def op_sleep(self, condition: str, lock: str) -> str:
        """Waits for a signal, whatever it is for."""
        if self.style.cpp:
            return f"{condition}.wait(hold);"
        word = "cnd_wait" if self.style.api == "c11" else "pthread_cond_wait"
        return f"{word}(&{condition}, &{lock});"

    def op_wake(self, condition: str) -> str:
        """Signals all who wait, or one if the style has it so."""
        return self.op_wakeall(condition) if self.all_woken else self._woken(condition, "one")

    def op_wakeall(self, condition: str) -> str:
        """Signals all who wait."""
        return self._woken(condition, "all")

    def _woken(self, condition: str, which: str) -> str:
        if self.style.cpp:
            return f"{condition}.notify_{which}();"
        word = "cnd_" if self.style.api == "c11" else "pthread_cond_"
        return f"{word}{'broadcast' if which == 'all' else 'signal'}(&{condition});"

    # --- directives ----------------------------------------

    def at_until(self, condition: str, lock: str, *asked: str) -> Lines:
        """Waits, with a lock held, until an expression is true."""
        wanted = " ".join(asked)
        if self.predicate:
            return [f"${condition}.wait(hold, [&] {{ return {wanted}; }});"]
        return [f"while (!({wanted}))", f"  $SLEEP(${condition}, ${lock})"]

    def at_cond(self, name: str) -> Lines:
        """A condition at file scope."""
        if self.style.cpp:
            return [f"static std::condition_variable ${name};"]
        kind = "cnd_t" if self.style.api == "c11" else "pthread_cond_t"
        ready = kind == "pthread_cond_t" and not self._bare
        return [f"static {kind} ${name}{' = PTHREAD_COND_INITIALIZER' if ready else ''};"]

    def at_awake(self, name: str) -> Lines:
        """Initialises a condition, where that is needed."""
        if self.style.api == "c11":
            return [f"cnd_init(&${name});"]
        return [f"pthread_cond_init(&${name}, NULL);"] if self._bare else []

    def at_rounds(self, name: str) -> Lines:
        """A barrier of all threads of the team and of main, at file scope."""
        if self.style.cpp:
            return [f"static std::barrier<> ${name}({self.style.count} + 1);"]
        return [f"static pthread_barrier_t ${name};"]

    def at_begin(self, name: str) -> Lines:
        """Initialises such a barrier, where that is needed."""
        if self.style.cpp:
            return []
        return [f"pthread_barrier_init(&${name}, NULL, {self.style.count} + 1);"]

    def at_deepmutex(self, name: str) -> Lines:
        """A lock that its holder may take again, at file scope."""
        kind = "std::recursive_mutex" if self.style.cpp else "pthread_mutex_t"
        return [f"static {kind} ${name};"]

    def at_deepready(self, name: str) -> Lines:
        """Initialises such a lock, where that is needed."""
        if self.style.cpp:
            return []
        kind = "PTHREAD_MUTEX_RECURSIVE"
        return [
            "pthread_mutexattr_t attr;",
            "pthread_mutexattr_init(&attr);",
            f"pthread_mutexattr_settype(&attr, {kind});",
            f"pthread_mutex_init(&${name}, &attr);",
        ]

    def at_async(self, worker: str, result: str) -> Lines:
        """Starts a worker whose end a future tells."""
        return [f"auto ${result} = std::async(std::launch::async, {self._start(worker, '0')});"]

    def redirected(self) -> Lines:
        """What must follow the headers."""
        return [*super().redirected(), *self.after]

    def told_of(self, lines: Lines) -> None:
        """See which functions and types the program uses."""
        text = "\n".join(lines)
        if self.style.cpp:
            found = [name for word, name in _HEADERS if re.search(word, text)]
            self.after = [f"#include <{name}>" for name in found]
        elif self.style.api == "c11":
            used = [pair for pair in _SEEN if f"{pair[0]}(" in text]
            self.after = [f"#pragma redefine_extname {c11} {posix}" for c11, posix in used]
