"""Ports: the usual one when it is free, else one that the kernel picks."""

from __future__ import annotations

import socket

__all__ = ["free_port"]


def free_port(usual: int) -> int:
    """Return `usual` when nothing listens on it, else a free port (1024-65535)."""
    return usual if _is_free(usual) else _any_free()


def _is_free(port: int) -> bool:
    # All interfaces: a server on 0.0.0.0 leaves 127.0.0.1 bindable on some systems.
    for host in ("127.0.0.1", ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
