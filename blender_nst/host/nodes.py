"""Small things that are made in node trees."""

from __future__ import annotations

from typing import Any


def add_node(nodes: Any, kind: str, x: float, y: float) -> Any:
    """A new node at a place."""
    node = nodes.new(kind)
    node.location = (x, y)
    return node


def socket_of(sockets: Any, identifier: str) -> Any:
    """The socket that has an identifier; several may have its name."""
    return next(socket for socket in sockets if socket.identifier == identifier)
