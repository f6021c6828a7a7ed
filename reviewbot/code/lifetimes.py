"""When in an object's life an access is: what the names of functions tell of the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviewbot.code.events import Event, Guard, Party

# Whole words of a function's name: `initial_value` and `newton` set nothing up.
_BEGINS = "init(?:ialize|ialise)?|setup|construct|ctor"
_BEGINS_CAMEL = "Init|Setup"
_ENDS = "destroy|fini|cleanup|dispose|shutdown|(?:de|un)init(?:ialize|ialise)?|teardown|finali[sz]e"
_ENDS_CAMEL = "Destroy|Cleanup|Shutdown|Deinit|Uninit|Deinitialize|Uninitialize|Teardown|TearDown"


def _word(words: str, camel: str, more: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_|::|~)(?i:{words})(?:_|$|[A-Z])|[a-z](?:{camel})(?:$|[A-Z])" + more)


# What the functions are given, or what they return: anything that such a name may mean.
_OF_GIVEN = (
    _word(
        _BEGINS + "|create|new|alloc|open|make",
        _BEGINS_CAMEL + "|Create|New|Alloc|Open",
        r"|init$|(?:^|::)(\w+)::\1$",  # a constructor: nobody else has the object yet
    ),
    _word(_ENDS + "|free|delete|release|close", _ENDS_CAMEL + "|Free|Delete|Release|Close", "|~"),
)
# An object whose methods they are: what it makes or frees is not itself.
_OF_THIS = (
    _word(_BEGINS + "|open", _BEGINS_CAMEL + "|Open", r"|init$|(?:^|::)(\w+)::\1$"),
    _word(_ENDS + "|close", _ENDS_CAMEL + "|Close", "|~"),
)
# Variables of the whole program: one of many objects is made while others live.
_OF_ALL = (_word(_BEGINS, _BEGINS_CAMEL, "|init$"), _word(_ENDS, _ENDS_CAMEL, "|a^"))
# `get_free_slot` and `markDelete` speak of what is free or to go, and put nothing away.
_NO_END = re.compile(
    r"(?:(?:^|_|:)(?i:get|is|has|mark|unmark|num|count|next|find|first|last|add)_?"
    r"|[a-z](?:Get|Is|Has|Mark|Num|Count|Next|Find|First|Last|Add))(?i:free|delete|close|release)"
)
_CONCERNED = {"this": _OF_THIS, "global": _OF_ALL, "static": _OF_ALL}


@dataclass(frozen=True, slots=True)
class LockLife:
    """The place where a function makes or destroys a lock."""

    key: str
    time: str  # setup | teardown
    order: int  # of the last access before
    function: str
    guards: tuple[Guard, ...]


def times(side: str, event: Event, party: Party) -> tuple[tuple[str, str], ...]:
    """When in an object's life a side of a pair is, as far as names of functions tell."""
    if party.kind == "thread":
        return ()
    share = event.share if event.share in _CONCERNED else ""
    named = not event.contended  # else it is not alone, whatever its name says
    names = (event.function, party.name) if named else ()
    told = dict.fromkeys(time for name in names for time in _lifetimes(name, share))
    told |= {event.life: None} if event.life else {}
    return tuple([("life" + side, time) for time in told])


@lru_cache(maxsize=1024)
def _lifetimes(function: str, share: str) -> tuple[str, ...]:
    """What a function's name says of the time of its calls in the life of what it reaches."""
    begins, ends = _CONCERNED.get(share, _OF_GIVEN)
    named = (("setup", begins, function), ("teardown", ends, _NO_END.sub("", function)))
    return tuple([time for time, pattern, name in named if pattern.search(name)])


def mark_lives(lives: Mapping[int, Sequence[LockLife]], key: str, events: Iterable[Event]) -> None:
    """Tell the accesses of an object that are before its lock was made, or after its end."""
    mine = list(events)
    keys = {held.key for event in mine for held in event.locks} | {key, f"{key}[]"}
    for event in mine:
        for life in lives.get(event.party, ()) if not event.locks else ():
            if life.key in keys and _is_beside(life, event):
                event.life = life.time


def _is_beside(life: LockLife, event: Event) -> bool:
    """Whether an access is where the lock is not yet, or no longer, of use to anybody."""
    within = event.guards[: len(life.guards)] == life.guards
    if not within or event.function != life.function:
        return False
    apart = event.order <= life.order if life.time == "setup" else event.order > life.order
    return apart or not event.contended
