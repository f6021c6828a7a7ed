"""Which licence a project is under, guessed from the words of its own file, as an SPDX name."""

from __future__ import annotations

import re
from pathlib import Path

UNKNOWN = "unknown"
_FILES = re.compile(r"^(?:licen[cs]e|copying|copyright|unlicense)(?:[-._].*)?$", re.IGNORECASE)
_FOLDERS = ("", "doc", "docs", "LICENSES")
_IDENTIFIER = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+)")
_HEAD = 20_000  # characters: a licence says what it is at its beginning
# Of those that begin at the same place the first counts.
_WORDS: tuple[tuple[str, str], ...] = (
    ("AGPL-3.0", r"gnu affero general public license"),
    ("LGPL-3.0", r"gnu lesser general public license\s+version 3"),
    ("LGPL-2.1", r"gnu (?:lesser|library) general public license"),
    ("GPL-3.0", r"gnu general public license\s+version 3"),
    ("GPL-2.0", r"gnu general public license\s+version 2"),
    ("Apache-2.0", r"apache license,?\s+version 2"),
    ("MPL-2.0", r"mozilla public license,?\s+(?:version|v\.?) 2"),
    ("BSL-1.0", r"boost software license"),
    ("Unlicense", r"this is free and unencumbered software"),
    (
        "ISC",
        r"permission to use, copy, modify, and/?(?:or)? distribute this software for any purpose",
    ),
    ("Zlib", r"altered source versions must be plainly marked"),
    ("ImageMagick", r"imagemagick studio llc"),
    (
        "BSD-3-Clause",
        r"redistribution and use in source and binary forms.*"
        r"(?:neither the name|names? of .{0,200}may not)",
    ),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
    ("MIT", r"permission is hereby granted, free of charge"),
    ("CeCILL", r"cecill"),
    ("CDDL-1.0", r"common development and distribution license"),
    ("LGPL-2.1", r"\blgpl\b"),
    ("GPL-3.0", r"\bgplv3\b|gnu gpl (?:version|v\.?) ?3"),
    ("GPL-2.0", r"\bgplv2\b|gnu gpl (?:version|v\.?) ?2|\bgpl\b"),
)


def licence_of(root: Path) -> str:
    """The SPDX name of the project's licence; "unknown" where no file of it tells."""
    folders = [root / name for name in _FOLDERS if (root / name).is_dir()]
    for path in (path for folder in folders for path in _files(folder)):
        found = spdx(path.read_text(encoding="utf-8", errors="replace")[:_HEAD])
        if found != UNKNOWN:
            return found
    return UNKNOWN


def _files(folder: Path) -> list[Path]:
    """Licence files; COPYING last, since a project with both has the other for itself."""
    found = [p for p in folder.iterdir() if _FILES.match(p.name) and p.is_file()]
    return sorted(found, key=lambda p: (p.name.lower().startswith("cop"), p.name))


def spdx(text: str) -> str:
    """The licence whose words the text holds, "unknown" if none is known.

    >>> spdx("Permission is hereby granted, free of charge, to any person")
    'MIT'
    """
    if named := _IDENTIFIER.search(text):
        return named[1]
    plain = re.sub(r"\s+", " ", text.lower())
    places = [
        (match.start(), number, name)
        for number, (name, words) in enumerate(_WORDS)
        if (match := re.search(words.replace(r"\s+", " "), plain, re.DOTALL))
    ]
    return min(places)[2] if places else UNKNOWN
