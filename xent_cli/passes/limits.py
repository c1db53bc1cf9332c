"""What a request may say in words, and how much is read at once."""

from __future__ import annotations

from typing import Any

from xent_cli.errors import UsageError, did_you_mean

PRECISIONS = ("native", "double")
"""What `--precision` takes."""


def check_word(option: str, value: Any, known: tuple[Any, ...]) -> None:
    """Refuses a value that is none of an option's words."""
    if value not in known:
        words = ", ".join(str(word) for word in known)
        raise UsageError(f"--{option} takes {words}; got {value!r}", did_you_mean(value, known))


BLOCK_ELEMENTS = 1 << 20
"""Elements read at once where each gets a float64 or more of its own."""

LEAN_BYTES = 64 << 20
"""Bytes of all blocks under way where only rows get numbers of their own: 4 MiB to 32 MiB each.
16384 x 32000 float32 on two processors, where one read of the map takes 72 ms: 120 ms in blocks of
8 MiB, 100 of 16, 98 of 32; what Python does for a block takes 0.1 ms."""

ROW_BYTES = 32
"""Bytes that a row takes beside its logits: its label, its numbers."""
