"""What the rules and parameters of a loss mean, in words, for those who read `xent losses`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from xent_cli.losses.base import Labels, Loss, Param
from xent_cli.losses.rules import Clip, ProbabilityRules, Rules

_TAKES = {
    "classes": "one number a class, or one for all",
    "values": "a list of numbers",
    "elements": "an array over the logits, by broadcasting",
    "axes": "integer, or several (the classes go through them as if they were flattened)",
    "boolean": "true or false",
}
_ABSENT = {
    "error": "an error",
    "wrap": "-1 is the last class and so on; others are errors",
    "nan": "-1 is the last class and so on; others give NaN",
    "zero": "no loss",
}
_AT_INFINITY = {
    "terms": "(1 - t) softplus(x) + t softplus(-x)",
    "linear": "(1 - t) x + t' softplus(-x)",
    "maximum": "max(x, 0) - x t + log(1 + exp(-|x|))",
}


def param_takes(param: Param) -> str:
    """What a parameter takes: `number from 0 to 1`, `a, b or c`.

    >>> param_takes(Param("gamma", "number", 2.0, "", low=0.0))
    'number at least 0'
    """
    if param.kind == "choice":
        return ", ".join(param.choices)
    if param.name == "sample_weight":
        return "one number a row"
    words = f"{_TAKES.get(param.kind, param.kind)} {param.range_text()}".rstrip()
    return f"{words}, or one value a row" if param.by_row else words


def param_default(param: Param) -> str:
    """The default: `2`, `true`, `none`, or `required` where nothing could stand in.

    >>> param_default(Param("gamma", "number", 2.0, ""))
    '2'
    """
    if param.required:
        return "required"
    if param.default is None:
        return "none"
    if isinstance(param.default, bool):
        return str(param.default).lower()
    return f"{param.default:g}" if isinstance(param.default, float) else str(param.default)


def rules_in_words(loss: Loss) -> dict[str, str]:
    """The rules that can matter for this loss, by a short title each.

    >>> rules_in_words(Loss("x", "", "", "", Labels.INDEX))["class axis"]
    'found from the shapes'
    """
    rules = dict(_rules(loss, loss.rules))
    for param in loss.params:
        for choice in param.rules:
            variant = loss.variant({param.spelled: choice})
            rules |= {
                f"{title}, {param.spelled} {choice}": words
                for title, words in _rules(variant, variant.rules)
                if rules.get(title) != words
            }
    return rules


def _rules(loss: Loss, rules: Rules) -> Iterator[tuple[str, str]]:
    yield "class axis", _class_axis(loss)
    for number, (name, rule) in enumerate(rules.reduction.names.items()):
        yield f"reduction {name}", f"{rule.value}{'' if number else ' (default)'}"
    yield "mean of nothing", _nothing(rules.reduction.nothing)
    if rules.reduction.lone_row:
        yield "a single row", "is not divided by anything"
    if loss.labels in (Labels.INDEX, Labels.EITHER):
        yield from _index_rules(loss, rules)
    if loss.labels not in (Labels.INDEX, Labels.NONE):
        yield from _target_rules(loss, rules)
    if loss.labels is not Labels.ELEMENTS and loss.takes == "logits":
        yield (
            "a logit of inf",
            (
                "makes the row NaN"
                if rules.infinity.nan_rows
                else "makes the row inf, or NaN where it is the label's"
            ),
        )
    if loss.labels is Labels.ELEMENTS and loss.takes == "logits":
        yield "infinite logits", _AT_INFINITY[rules.infinity.form]
    if loss.takes == "probs" or loss.param("input") is not None:
        yield "probabilities", _probabilities(rules.probabilities)


def _class_axis(loss: Loss) -> str:
    axis, named = loss.rules.axes.class_axis, loss.param("class_dim")
    if axis is None:
        if loss.elements is not None and loss.labels is Labels.ELEMENTS:
            return "the last, for weights; every element stands alone"
        return "found from the shapes"
    words = "the last" if axis == -1 else f"axis {axis} (0 for a single row)"
    named = None if loss.rules.axes.fixed else named
    return words if named is None else f"{words}, or as -p {named.spelled} says"


def _nothing(mean: float | None) -> str:
    if mean is None:
        return "an error"
    return "NaN" if math.isnan(mean) else f"{mean:g}"


def _index_rules(loss: Loss, rules: Rules) -> Iterator[tuple[str, str]]:
    labels = rules.labels
    if labels.any_values:
        yield "columns", "stand for the sorted label values"
    else:
        null = "" if labels.null is None else f"{labels.null} has no loss, others are "
        yield "a label that is no class", null + _ABSENT[labels.absent]
    column = "are read as (N,)" if rules.axes.squeeze else "are not read as (N,)"
    yield "labels of shape (N, 1)", column
    if labels.dtypes:
        yield "label dtypes", f"{', '.join(labels.dtypes)}; others with a note"
    if labels.shift:
        yield "label of a position", "the next one on the last axis"
    if labels.one_hot:
        yield "index labels", "become rows of 0 and 1; a logit of -inf makes the row NaN"


def _target_rules(loss: Loss, rules: Rules) -> Iterator[tuple[str, str]]:
    targets = rules.targets
    yield "shapes", "targets broadcast" if rules.axes.broadcast else "targets as the logits"
    if loss.labels is Labels.ELEMENTS or not targets.unit:
        beside = targets.unit_beside_probs
        any_number = "from 0 to 1 beside probabilities" if beside else "any number"
        yield "targets", "from 0 to 1 only" if targets.unit else any_number
    yield "integer targets", "are taken" if targets.integers else "are refused (except text)"
    if loss.labels is not Labels.ELEMENTS:
        product = "gives NaN" if rules.infinity.nan_products else "adds nothing"
        yield "a target of 0 at -inf", product
    if targets.smooth_last:
        yield "label smoothing", "divides by the length of the last axis"


def _probabilities(rules: ProbabilityRules) -> str:
    words = [] if rules.clip is None else [f"clipped to {_range(rules.clip)}"]
    if rules.clip is not None and not rules.clip.of_logits:
        words[0] += " (not those of logits)"
    if rules.renormalise:
        words.insert(0 if rules.renormalise == "before" else 1, "divided by their sum")
    words.append("0 to 1 only" if rules.unit else "any number")
    return ", ".join(words)


def _range(clip: Clip) -> str:
    if clip.machine:
        return "eps to 1 - eps of the dtype"
    high = "1" if clip.high == 1 else f"1 - {1 - clip.high:.3g}"
    return f"{clip.low:g} to {high}, in the dtype"
