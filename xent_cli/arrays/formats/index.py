"""The index.json of sharded .safetensors: which of several files holds which tensor.

Format: https://huggingface.co/docs/safetensors and `save_torch_state_dict` of huggingface_hub; a
map `weight_map` of tensors to files that lie beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from xent_cli.arrays.base import ArrayReader, ReadOptions
from xent_cli.arrays.formats import safetensors
from xent_cli.arrays.formats.members import Member, choose_member
from xent_cli.arrays.storage.files import InputFile
from xent_cli.errors import DataError
from xent_cli.records import replace

_LIMIT = 16 << 20


def open_file(file: InputFile, name: str, options: ReadOptions) -> ArrayReader:
    """One tensor of the files that an index names.

    Raises:
        DataError: it is no index, there is no such tensor, or the file of it has none.
        StorageError: the file of it cannot be opened.
    """
    places = _places(file, name)
    tensor = choose_member(name, list(places), options.choice)
    shard = _beside(name, places[tensor])
    opened = InputFile(shard)
    try:
        reader = safetensors.open_file(opened, shard, replace(options, choice=tensor))
        file.check()
    except BaseException:
        opened.close()
        raise
    file.close()
    if options.choice is not None:
        reader.name = f"{name}:{tensor}"
    return reader


def list_members(file: InputFile, name: str) -> Iterator[Member]:
    """All tensors, in the order of the index.

    Raises:
        StorageError: one of the files cannot be opened.
    """
    places = _places(file, name)
    shards: dict[str, dict[str, Member]] = {}
    for tensor, place in places.items():
        shard = _beside(name, place)
        if shard not in shards:
            with InputFile(shard) as opened:
                members = safetensors.list_members(opened, shard)
                shards[shard] = {member.name: member for member in members}
        absent = DataError(f"{shard}: holds no array called {tensor!r}, as {name} says")
        yield shards[shard].get(tensor, Member(tensor, "index", problem=absent))


def index_files(name: str) -> set[str]:
    """The files that an index names.

    Raises:
        DataError: it is no index.
        StorageError: it cannot be read.
    """
    with InputFile(name) as file:
        return {_beside(name, shard) for shard in _places(file, name).values()}


def _places(file: InputFile, name: str) -> dict[str, str]:
    """The file of each tensor."""
    content = file.take(_LIMIT + 1)
    if len(content) > _LIMIT:
        raise DataError(f"{name}: expected at most {_LIMIT >> 20} MiB, found more")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}: is not valid JSON: {error}") from error
    places = document.get("weight_map") if isinstance(document, dict) else None
    if not isinstance(places, dict) or not all(isinstance(p, str) for p in places.values()):
        raise DataError(
            f"{name}: expected the index of .safetensors files, a map of tensors to files called "
            "weight_map"
        )
    for shard in places.values():
        if os.path.basename(shard) != shard or not shard.lower().endswith(".safetensors"):  # noqa: PTH119
            raise DataError(
                f"{name}: names {shard[:80]!r}, expected .safetensors files beside it",
                "PyTorch's .bin files are pickles: safetensors.torch.save_file writes arrays",
            )
    return places


def _beside(index: str, shard: str) -> str:
    return str(Path(index).parent / shard)
