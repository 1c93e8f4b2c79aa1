"""Formulas as nodes: each step is a socket, and finds its own place on the desk."""

from __future__ import annotations

from typing import Any

from .nodes import add_node, socket_of

Term = Any
"""A socket, a number or three numbers."""
_WIDE, _HIGH = 180.0, 190.0


class NodeMaths:
    """Adds nodes to a tree: to the right of what feeds them, below what is there already."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self._columns: dict[int, int] = {}

    def node(self, kind: str, *terms: Term, **settings: Any) -> Any:
        """A node of a kind, its first inputs fed in order (None leaves one as it is), its properties set."""
        node = self._placed(kind, terms)
        for name, value in settings.items():
            setattr(node, name, value)
        for socket, term in zip(node.inputs, terms, strict=False):
            self.feed(socket, term)
        return node

    def feed(self, socket: Any, term: Term) -> None:
        """Link an input to a socket, or set its value."""
        if hasattr(term, "node"):
            self.tree.links.new(term, socket)
        elif term is not None:
            socket.default_value = term

    def value(self, operation: str, *terms: Term) -> Any:
        """Numbers to a number ("ADD")."""
        return self.node("ShaderNodeMath", *terms, operation=operation).outputs[0]

    def vector(self, operation: str, *terms: Term) -> Any:
        """Vectors to a vector ("ADD")."""
        return self.node("ShaderNodeVectorMath", *terms, operation=operation).outputs["Vector"]

    def scale(self, vector: Term, factor: Term) -> Any:
        """A vector times a number."""
        node = self.node("ShaderNodeVectorMath", vector, operation="SCALE")
        self.feed(node.inputs["Scale"], factor)
        return node.outputs["Vector"]

    def length(self, vector: Term) -> Any:
        """A vector's length."""
        return self.node("ShaderNodeVectorMath", vector, operation="LENGTH").outputs["Value"]

    def turn(self, vector: Term, kind: str, start: str, end: str) -> Any:
        """A vector of a kind ("NORMAL") from one space ("WORLD") to another ("CAMERA")."""
        settings = {"vector_type": kind, "convert_from": start, "convert_to": end}
        return self.node("ShaderNodeVectorTransform", vector, **settings).outputs["Vector"]

    def mix(self, kind: str, factor: Term, one: Term, two: Term) -> Any:
        """``one`` at 0, ``two`` at 1; kind: "Float", "Vector" or "Color"."""
        node = self._placed("ShaderNodeMix", (factor, one, two))
        node.data_type = "RGBA" if kind == "Color" else kind.upper()
        node.clamp_factor = True
        self.feed(socket_of(node.inputs, "Factor_Float"), factor)
        self.feed(socket_of(node.inputs, f"A_{kind}"), one)
        self.feed(socket_of(node.inputs, f"B_{kind}"), two)
        return socket_of(node.outputs, f"Result_{kind}")

    def between(self, vector: Term, start: Term, end: Term) -> Any:
        """A vector turned by the smallest rotation that takes one unit vector to another.

        That is to mirror it twice: on the first, and on what lies halfway.
        """
        not_quite = (0.9999, 0.9999, 0.9999)  # so that something lies between opposites, too
        halfway = self.vector("MULTIPLY_ADD", start, not_quite, end)
        return self.vector("REFLECT", self.vector("REFLECT", vector, start), halfway)

    def _placed(self, kind: str, terms: tuple[Term, ...]) -> Any:
        feeding = [term.node.location.x for term in terms if hasattr(term, "node")]
        column = round(max(feeding) / _WIDE) + 1 if feeding else 0
        row = self._columns[column] = self._columns.get(column, -1) + 1
        return add_node(self.tree.nodes, kind, column * _WIDE, -row * _HIGH)
