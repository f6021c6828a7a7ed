"""Claims: atomic changes whose answer tells one thread that it, and no other, may go on.

`while (busy.exchange(true)) ;`, `if (atomic_compare_exchange_strong(&state, &idle, 1))`,
`if (fetch_or(&bits, b) & b) return;` and `if (--left == 0)` each let one thread through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from reviewbot.code.events import Held
from reviewbot.code.guards import sure
from reviewbot.code.words import IDENTIFIER

Text = Callable[[Node], str]
ACQUIRES = frozenset({"acquire", "acq_rel", "seq_cst"})
RELEASES = frozenset({"release", "acq_rel", "seq_cst"})
HELD_IF = {True: "claim:true", False: "claim:false"}  # an expression's value that tells of success
MAX_CLIMB = 12  # operators around a call
_REACH = 400  # characters before a compare-exchange in which its expected value is given
_NAME = re.compile(r"\w+\Z")
_TRUE = re.compile(r"(?:true|-?0*[1-9]\d*[uUlL]*|EBUSY|ETIMEDOUT|thrd_(?:busy|timedout))")
_FALSE = re.compile(r"(?:false|0+[uUlL]*|NULL|nullptr|thrd_success)")
_CONSTANT = re.compile(
    r"(?:[-+~]?\d\w*|true|false|nullptr|NULL|'.'|(?:\w+::)+\w+|[A-Z]\w*|k[A-Z]\w*|)"
)
_TRIES = re.compile(r"try|timed|clocklock")
_ERRORS = re.compile(r"(?:pthread_\w*|mtx_)(?:try|timed|clock)")  # these answer 0 on success
_REFUSED = re.compile(
    r"==thrd_(?:busy|timedout)|!=thrd_success|==false|==E(?:BUSY|TIMEDOUT)|!=true"
)
_TAKEN = re.compile(r"!=thrd_(?:busy|timedout)|!=E(?:BUSY|TIMEDOUT)|!=false|==true|==1\b")
_COMPARES = re.compile(r"compare_exchange|compare_and_swap|cmpxchg")
_COUNTS = re.compile(r"(?:fetch_|atomic_|and_)(?:add|sub|inc|dec)|(?:add|sub)(?:_and)?_fetch")
_KEEPS = re.compile(r"fetch_or|and_or|or_fetch|fetch_add|and_add|add_fetch")  # a lock's bit stays
_STATEMENT = "expression_statement"
_LOOPS = frozenset({"for_statement", "while_statement", "do_statement", "for_range_loop"})
_WRAPS = frozenset({"parenthesized_expression", "condition_clause", "cast_expression"})
_GIVES_ON = _WRAPS | {"binary_expression", "unary_expression"}
_TAKES_ON = frozenset({"return_statement", "init_declarator", "assignment_expression"})
_HOLDS = {"init_declarator": "declarator", "assignment_expression": "left", "field_initializer": ""}
_ASKS = frozenset(
    {"if_statement", "while_statement", "for_statement", "do_statement", "return_statement"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What an atomic change answers: the truth value of success; the bit of it that counts."""

    success: bool
    bit: str = ""
    counts: bool = False  # success is one number of many


@dataclass(frozen=True, slots=True)
class Read:
    """A node's callee and arguments as text, the object not among them."""

    name: str
    arguments: tuple[str, ...]


def change(node: Node, text: Text) -> Change | None:
    """What the answer of an atomic update says, None if it cannot be a claim."""
    if node.type != "call_expression":
        stepped = node.parent is not None and node.parent.type == "update_expression"
        before = stepped and text(node.parent).startswith(("++", "--")) if node.parent else False
        return Change(success=False, counts=True) if before else None
    call = _read(node, text)
    first = call.arguments[0] if call.arguments else ""
    if _COMPARES.search(call.name):
        return _compared(node, call, text)
    if _COUNTS.search(call.name):
        return Change(success=False, counts=True)
    if re.search(r"fetch_or|fetch_and_or", call.name) and first:
        return Change(success=False, bit=first)
    if "test_and_set" in call.name and "lock" not in call.name:
        return Change(success=False)
    sets = re.search(r"exchange|xchg|lock_test_and_set", call.name)
    return Change(success=False) if sets and _TRUE.fullmatch(first) else None


def _read(node: Node, text: Text) -> Read:
    function, listed = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    found = _NAME.search(text(function)) if function is not None else None
    given = [text(c).strip() for c in listed.named_children] if listed is not None else []
    method = function is not None and function.type == "field_expression"
    return Read(found[0] if found else "", tuple(given if method else given[1:]))


def _compared(node: Node, call: Read, text: Text) -> Change | None:
    """A compare-exchange from one known state: who expects what it just read claims nothing."""
    if len(call.arguments) < 2:
        return None
    expected, desired = call.arguments[0].lstrip("&"), call.arguments[1]
    if re.search(rf"\b{re.escape(expected)}\b", desired) or expected == desired:
        return None
    if "val_" in call.name or "cmpxchg" in call.name:  # they answer what was there before
        return Change(success=False) if _FALSE.fullmatch(expected) else None
    if _CONSTANT.fullmatch(expected) and "exchange" not in call.name:
        return Change(success=True)
    return Change(success=True) if _is_constant(expected, node, text) else None


def _is_constant(name: str, node: Node, text: Text) -> bool:
    """Whether the expected value is a constant each time: a failure leaves there what it found."""
    if not name.isidentifier():
        return False
    given, around, top = re.compile(rf"\b{name}\s*(?:=(?!=)|\{{)\s*([^;,}})]*)"), node, node
    loop: Node | None = None
    while top.parent is not None and top.type not in ("function_definition", "lambda_expression"):
        top = top.parent
        loop = top if loop is None and top.type in _LOOPS else loop
    body = text(top)
    start = node.start_byte - top.start_byte
    before = given.findall(body[max(start - _REACH, 0) : start])
    if not before or not _CONSTANT.fullmatch(before[-1].strip()):
        return False
    return loop is None or given.search(text(loop)) is not None or around is loop


def asked(node: Node, found: Change, text: Text) -> str:
    """How the answer tells of success: a truth value of what asks it, `name=0`, or "" if nothing.

    `if (!x.exchange(1))`: claim:true; `bool was = x.exchange(1);`: was=0.
    """
    success, bit, counts = found.success, found.bit, found.counts
    if counts and node.type != "call_expression" and node.parent is not None:
        node = node.parent
    for _ in range(MAX_CLIMB):
        parent = node.parent
        if parent is None:
            return ""
        if parent.type in _ASKS:
            return HELD_IF[success] if not bit and _is_asked(parent, node) else ""
        if parent.type == "unary_expression" and text(parent).startswith("!") and not bit:
            success = not success
        elif parent.type == "binary_expression":
            known = _through(parent, node, Change(success, bit, counts), text)
            if known is None:
                return ""
            success, bit, counts = known.success, known.bit, known.counts
        elif parent.type in ("init_declarator", "assignment_expression"):
            if parent.type == "init_declarator" or parent.parent is None:
                return _kept(parent, success, text) if not (bit or counts) else ""
            if parent.parent.type == "expression_statement":
                return _kept(parent, success, text) if not (bit or counts) else ""
        elif parent.type not in _WRAPS:
            return ""
        node = parent
    return ""


def _is_asked(parent: Node, node: Node) -> bool:
    return parent.type == "return_statement" or parent.child_by_field_name("condition") == node


def _kept(parent: Node, success: bool, text: Text) -> str:
    name = parent.child_by_field_name("declarator") or parent.child_by_field_name("left")
    return f"{text(name)}={int(success)}" if name is not None and text(name).isidentifier() else ""


def _through(parent: Node, node: Node, found: Change, text: Text) -> Change | None:
    """What an operator makes of an answer, None if it no longer tells."""
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    sign = parent.child_by_field_name("operator")
    other = right if left == node else left
    if sign is None or other is None:
        return None
    operator, operand = text(sign), text(other).strip("() ")
    if operator == "&" and found.bit:
        return Change(found.success) if operand == found.bit.strip("() ") else None
    if found.bit:
        return None
    if operator in ("&&", "||"):  # of `a && b` success says that both were true
        tells = found.success == (operator == "&&") and not found.counts
        return found if tells else None
    if operator not in ("==", "!="):
        return None
    if found.counts:
        return Change(operator == "==")
    if not (_TRUE.fullmatch(operand) or _FALSE.fullmatch(operand)):
        return None
    alike = (_TRUE.fullmatch(operand) is not None) == (operator == "==")
    return Change(found.success if alike else not found.success)


_LETS_THROUGH = frozenset({"update_expression", "assignment_expression", "comma_expression"})


def is_dropped(node: Node) -> bool:
    """Whether nobody looks at what an atomic access answers: `++hits;`, `(void)f.exchange(1);`."""
    for _ in range(MAX_CLIMB):
        parent = node.parent
        if parent is None or parent.type in ("expression_statement", "for_statement"):
            return parent is not None and parent.child_by_field_name("condition") != node
        assigned = parent.type == "assignment_expression"
        if parent.type not in _WRAPS | _LETS_THROUGH:
            return False
        if assigned and parent.child_by_field_name("left") != node:
            return False
        node = parent
    return False


def gives_back(node: Node, mode: str, text: Text) -> bool:
    """Whether an atomic change by the one who holds a claim ends it."""
    if mode != "update":
        return mode == "write"
    return node.type == "call_expression" and not _KEEPS.search(_read(node, text).name)


def by_answer(claims: list[Held]) -> tuple[list[Held], list[Held]]:
    """Claims that hold where the condition is true, and those that hold where it is false."""
    return (
        [lock for lock in claims if lock.when == HELD_IF[True]],
        [lock for lock in claims if lock.when == HELD_IF[False]],
    )


def tried(tries: list[Held], condition: str) -> tuple[list[Held], list[Held]]:
    """Which branch holds the lock of a try: `== 0` or `!` mean success for POSIX and C11."""
    here, there = by_answer([lock for lock in tries if lock.claimed])
    taken, refused = [sure(lock) for lock in here], [sure(lock) for lock in there]
    others = [lock for lock in tries if lock not in here and lock not in there]
    if not others:
        return taken, refused
    certain, text = [sure(lock) for lock in others], re.sub(r"\s", "", condition)
    whole, text = text, _term(text, others[0].when.partition("=")[0].rpartition(".")[2])
    zero = others[0].when.endswith("=0") or _ERRORS.search(text) is not None
    inverted = text.startswith("(!") or "==0" in text or "==thrd_success" in text
    success = inverted == zero
    if _REFUSED.search(text):
        success = False
    elif _TAKEN.search(text):
        success = True
    if ("||" if success else "&&") in whole and not whole.startswith("(!("):
        return taken, refused  # of several that are asked another one may have let it through
    return (taken + certain, refused) if success else (taken, refused + certain)


def _term(condition: str, name: str) -> str:
    """The one of several that a condition asks which asks for this: `!lock` of `(over||!lock)`."""
    inner = condition[1:-1] if condition[:1] == "(" and condition[-1:] == ")" else condition
    parts = re.split(r"\|\||&&", inner) if name and ("||" in inner or "&&" in inner) else []
    asks = [part for part in parts if name in IDENTIFIER.findall(part)]
    plain = len(asks) == 1 and asks[0].count("(") == asks[0].count(")")
    return f"({asks[0]})" if plain else condition


def is_left_by_leaps(body: Node, text: Text, leaps: bool) -> bool:
    """Whether a loop without an end is left by `break` or `return` alone, for all that is known."""
    loop = body.parent
    if loop is None or loop.type not in ("for_statement", "while_statement") or body.has_error:
        return False
    condition = loop.child_by_field_name("condition")
    asks = text(condition).strip("() ") if condition is not None else ""
    if asks not in ("", "1", "true"):
        return False
    return leaps or ("return" in text(body) and not _may_be_caught(loop))


def is_all_of_function(choice: Node) -> bool:
    """Whether a function does nothing but one thing under one condition."""
    body, then = choice.parent, choice.child_by_field_name("consequence")
    if body is None or body.parent is None or body.parent.type != "function_definition":
        return False
    return _lone(body) == choice and then is not None and _lone(then).type == _STATEMENT


def _lone(block: Node) -> Node:
    """The one statement of a block, or what it is if it has several."""
    within = [c for c in block.named_children if c.type != "comment"]
    return within[0] if block.type == "compound_statement" and len(within) == 1 else block


def is_never(condition: str) -> bool:
    """Whether a loop's condition never holds, so that a body walked before it runs once."""
    return _FALSE.fullmatch(condition.strip("() ")) is not None


def _may_be_caught(node: Node) -> bool:
    """Whether an exception may lead out of the code here to a handler around it."""
    around: Node | None = node
    while around is not None and around.type not in ("function_definition", "lambda_expression"):
        if around.type == "try_statement":
            return True
        around = around.parent
    return False


_ASKS_ONE = re.compile(
    r"\(*\s*!?\s*[A-Za-z_]\w*(?:\s*(?:\.|->)\s*\w+\s*\(\s*\))?\s*(?:[!=]=\s*(?:\d+|true|false|EBUSY|ETIMEDOUT))?\s*\)*"
)


def asks_one(condition: str) -> bool:
    """Whether a condition asks for one answer, and compares it with no other variable."""
    return _ASKS_ONE.fullmatch(condition[:200]) is not None


def holder(node: Node) -> Node | None:
    """The variable or member that a call's answer is given to: `int rc = f();`, `got(f())`."""
    around = node.parent
    if around is not None and around.type in ("argument_list", "initializer_list"):
        around = around.parent if around.named_child_count == 1 else None
    if around is None or around.type not in _HOLDS:
        return None
    part = _HOLDS[around.type]
    return around.child_by_field_name(part) if part else around.named_children[0]


def given_on(node: Node, found: Change, text: Text) -> str:
    """What is said of a try by what it is made into: `return trylock(m) == 0;`, `int got = !…`."""
    above = node.parent
    while above is not None and above.type in _GIVES_ON:
        above = above.parent
    tries = above is not None and above.type in _TAKES_ON
    tries = tries and _TRIES.search(_read(node, text).name) is not None
    return asked(node, found, text) if tries else ""


def handed_up(when: str, node: Node, text: Text) -> str:
    """What a call's own place makes of a claim that the called function returned."""
    return asked(node, Change(when == HELD_IF[True]), text)
