"""The signature: everything that decides the number, in one line that travels with it."""

from __future__ import annotations

from collections.abc import Mapping

from xent_cli import __version__
from xent_cli.array_facts import ArrayFacts
from xent_cli.passes.binding import Bound
from xent_cli.passes.request import LossRequest
from xent_cli.tier import tier_name


def sign(
    request: LossRequest, bound: Bound, reduction: str, facts: Mapping[str, ArrayFacts]
) -> str:
    """`xent|kind:softmax-ce|red:mean|...|v:0.1.0`: two equal signatures mean the same rules.

    Of the parameters those that differ from their defaults, and what is ignored. Vectors are
    named, not listed: their values are in the JSON under `options`. The tier is `c` or `numpy`: all
    targets of the compiled tier give the same bits.
    """
    parts = [("kind", bound.loss.name), ("red", reduction)]
    for param in bound.loss.params:
        if param.spelled not in bound.changed and param.name != "ignore_index":
            continue
        value = bound.values.get(param.name)
        if param.kind in ("classes", "elements"):
            parts.append((param.spelled, "yes"))
        else:
            parts.append((param.spelled, f"{value:g}" if isinstance(value, float) else str(value)))
    if request.sample_weight is not None:
        parts.append(("sample_weight", "yes"))
    if request.label_base:
        parts.append(("base", str(request.label_base)))
    parts += [
        ("unit", request.unit),
        ("in", facts["logits"].dtype),
        ("prec", request.precision),
        ("tier", tier_name().partition("-")[0]),
        ("v", __version__),
    ]
    return "xent|" + "|".join(f"{name}:{value}" for name, value in parts)
