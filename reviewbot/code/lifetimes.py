"""When in an object's life a function runs, as its name says."""

from __future__ import annotations

import re
from functools import lru_cache

# Whole words of a function's name: `initial_value` and `newton` set nothing up.
_SETUP = re.compile(
    r"(?:^|_|::)(?i:init(?:ialize|ialise)?|create|new|setup|alloc|open|make|construct|ctor)(?:_|$|[A-Z])|init$"
    r"|[a-z](?:Init|Create|New|Setup|Alloc|Open)(?:$|[A-Z])"
    r"|(?:^|::)(\w+)::\1$"  # a constructor: nobody else has the object yet
)
_TEARDOWN = re.compile(
    r"(?:^|_|::|~)(?i:destroy|free|delete|fini|cleanup|release|close|dispose|shutdown)(?:_|$|[A-Z])"
    r"|~|[a-z](?:Destroy|Free|Delete|Cleanup|Release|Close|Shutdown)(?:$|[A-Z])"
)
# `get_free_slot` and `markDelete` speak of what is free or to go, and put nothing away.
_NO_END = re.compile(
    r"(?:(?:^|_|:)(?i:get|is|has|mark|unmark|num|count|next|find|first|last|add)_?"
    r"|[a-z](?:Get|Is|Has|Mark|Num|Count|Next|Find|First|Last|Add))(?i:free|delete|close|release)"
)


@lru_cache(maxsize=1024)
def lifetimes(function: str) -> tuple[str, ...]:
    """What a function's name says of the time of its calls in the life of what it is given."""
    ending = _NO_END.sub("", function)
    named = (("setup", _SETUP, function), ("teardown", _TEARDOWN, ending))
    return tuple([time for time, pattern, name in named if pattern.search(name)])
