"""Which threads a loop makes once: in one of its turns, or by a choice that one turn makes."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from reviewbot.code.carriers import turns_of
from reviewbot.code.events import Guard, Loop
from reviewbot.code.guards import negated
from reviewbot.code.tenure import Tenure
from reviewbot.code.values import Form

MAX_WAYS = 8  # of one `?:` within another


class Chosen(Tenure):
    """What the conditions around a creation say of how often it takes place."""

    def in_one_turn(self) -> bool:
        """Whether each loop around comes here in one turn at most: `if (i == 0) create(…);`.

        `for (i = 0; i < WORKERS; i++)` has no other turn where only one worker is wanted.
        """
        asked = [form for guard in self.guards for form in guard.nought]
        return bool(self.loops) and all(
            _has_one(loop) or any(self._fixes(form, loop) for form in asked) for loop in self.loops
        )

    def ways(self, node: Node) -> Iterator[tuple[Node, list[Guard]]]:
        """What `a ? b : c` may be, and the conditions of each."""
        guards: list[Guard] = []
        for _ in range(MAX_WAYS):
            then, other = (node.child_by_field_name(n) for n in ("consequence", "alternative"))
            guard = self.choices.get(node.start_byte)
            if node.type != "conditional_expression" or guard is None or not then or not other:
                break
            yield then, [*guards, guard]
            guards, node = [*guards, negated(guard)], other
        yield node, guards

    def _fixes(self, form: Form, loop: Loop) -> bool:
        """Whether a form that is nought gives a loop's variable one value."""
        own = [factor for monomial, factor in form.terms if monomial == (loop.name,)]
        within = sum(loop.name in monomial for monomial, _ in form.terms)
        if len(own) != 1 or within != 1 or abs(own[0]) != 1:
            return False
        others = (self.lookup(n.partition("@")[0]) for n in form.names if n != loop.name)
        return all(symbol is not None and symbol.once for symbol in others)


def _has_one(loop: Loop) -> bool:
    """Whether a loop goes over a range of one number."""
    turns = turns_of(loop)
    return turns is not None and turns.is_constant and turns.constant == 1
