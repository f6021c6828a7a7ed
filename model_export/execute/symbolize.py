"""Gives the frames of raw sanitizer reports their names and lines, all of them in one pass.

In the process, ThreadSanitizer would start a symbolizer for each program, which costs more than the
run. Here the runs write `address module+offset`, and one llvm-symbolizer reads them all at the end.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from model_export.execute.unity import plain_name
from reviewbot.errors import ReviewbotError

# For TSAN_OPTIONS: what `readable` expects.
RAW_FRAMES = {"symbolize": "0", "stack_trace_format": '"    #%n %p %m+%o"'}
SECONDS = 120

_FRAME = re.compile(r"^    #\d+ 0x[0-9a-f]+ (?P<module>\S.*)\+(?P<offset>0x[0-9a-f]+)$")
_ACCESS = re.compile(
    r"^  (?:Previous )?(?:atomic )?(?:read|write) of size \d+ at (0x[0-9a-f]+) by", re.I
)
_INTERCEPTOR = re.compile(r"^_*interceptor_(?:trampoline_)?")
_SOURCE_LINE = re.compile(r" (?P<file>[^ :]+):(?P<line>\d+)(?::\d+)? \(")
_WARNING = "WARNING: ThreadSanitizer: "

Address = tuple[str, str, str]  # "CODE" | "DATA", module, offset


class SymbolizerFailed(ReviewbotError):
    """llvm-symbolizer did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Where a process had its binary; end is exclusive."""

    path: str
    start: int
    end: int

    def data(self, address: int) -> Address | None:
        """The address as one of the binary's data; None if it lies elsewhere."""
        inside = self.start <= address < self.end
        return ("DATA", self.path, hex(address - self.start)) if inside else None


@dataclass(slots=True)
class Symbolizer:
    """Asks llvm-symbolizer; what it said of libraries is kept, since they do not change."""

    tool: str
    libraries: dict[Address, tuple[str, ...]] = field(default_factory=dict)

    def readable(self, texts: Sequence[str], image: Image) -> list[str]:
        """The texts as ThreadSanitizer would have written them, inlined calls included."""
        asked = dict.fromkeys(a for text in texts for a in _addresses(text, image))
        known = {a: self.libraries[a] for a in asked if a in self.libraries}
        new = [address for address in asked if address not in known]
        known.update(zip(new, self._ask(new), strict=True))
        self.libraries |= {a: known[a] for a in new if a[1] != image.path}
        return ["\n".join(_rewritten(text, image, known)) + "\n" for text in texts]

    def places(self, module: str, offsets: Sequence[int]) -> list[tuple[str, int]]:
        """(source file's base name, line) of each code offset; ("", 0) where it is not known."""
        answers = self._ask([("CODE", module, hex(offset)) for offset in offsets])
        found = (_SOURCE_LINE.search(calls[0]) for calls in answers)
        return [(PurePosixPath(m["file"]).name, int(m["line"])) if m else ("", 0) for m in found]

    def _ask(self, addresses: Sequence[Address]) -> list[tuple[str, ...]]:
        if not addresses:
            return []
        questions = "".join(f'{kind} "{module}" {at}\n' for kind, module, at in addresses)
        command = [self.tool, "--output-style=JSON", "--inlines", "--demangle"]
        try:
            done = subprocess.run(
                command,
                input=questions,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as exc:
            raise SymbolizerFailed(f"{self.tool} failed: {exc}; is llvm-19 whole?") from exc
        answers = [json.loads(line) for line in done.stdout.splitlines() if line]
        pairs = zip(addresses, answers, strict=True)
        return [tuple(_words(address, answer)) for address, answer in pairs]


def _addresses(text: str, image: Image) -> Iterator[Address]:
    for line in text.splitlines():
        if frame := _FRAME.match(line):
            yield "CODE", frame["module"], frame["offset"]
        elif data := _data(line, image):
            yield data


def _data(line: str, image: Image) -> Address | None:
    access = _ACCESS.match(line)
    return image.data(int(access[1], 16)) if access else None


def _words(address: Address, answer: dict[str, Any]) -> Iterator[str]:
    """For code one text a call, innermost first; for data its name and size, if it has a name."""
    kind, module, offset = address
    if kind == "DATA":
        data = answer.get("Data", {})
        if int(data.get("Size") or "0", 16):
            yield f"'{plain_name(data['Name'])}' of size {int(data['Size'], 16)}"
        return
    for call in answer.get("Symbol") or [{}]:
        name = _INTERCEPTOR.sub("", call.get("FunctionName") or "<null>")
        place = _place(call) if call.get("FileName") else "<null>"
        yield f"{plain_name(name)} {place} ({PurePosixPath(module).name}+{offset})"


def _place(call: dict[str, Any]) -> str:
    numbers = (str(call[key]) for key in ("Line", "Column") if call.get(key))
    return ":".join([call["FileName"], *numbers])


def _rewritten(text: str, image: Image, known: Mapping[Address, tuple[str, ...]]) -> Iterator[str]:
    """The lines with names; a race's global, which the raw text cannot tell, before its threads."""
    number, place = 0, ""
    for line in text.splitlines():
        if frame := _FRAME.match(line):
            for words in known["CODE", frame["module"], frame["offset"]]:
                yield f"    #{number} {words}"
                number += 1
            continue
        number = 0
        if data := _data(line, image):
            place = "".join(known[data])
        elif place and line.startswith("  Thread T"):
            yield from (f"  Location is global {place}", "")
        if line.startswith(("  Location is", "  Thread T", _WARNING)):
            place = ""
        yield line
