"""Where arrays come from and go to: `open_array`, `create_array`, and what both take."""

from xent_cli.arrays.opening import list_members, open_array
from xent_cli.arrays.registry import FORMATS, format_of, split_compression
from xent_cli.arrays.storage.spool import Spool, spooled
from xent_cli.arrays.targets import (
    check_target,
    create_array,
    refuse_overwriting,
    target_format,
)

__all__ = [
    "FORMATS",
    "Spool",
    "check_target",
    "create_array",
    "format_of",
    "list_members",
    "open_array",
    "refuse_overwriting",
    "split_compression",
    "spooled",
    "target_format",
]
