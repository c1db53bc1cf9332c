"""Slow, independent formulas of every own kind, one row or one element at a time, at 50 digits.

The judge of the numerics: nothing here is shared with the code under test. Inputs are Python numbers
(a float32 or float16 value converts to float exactly), results are mpmath numbers. Every formula is
arranged so that nothing cancels: a loss of 1e-60 has as many right digits as one of 1e+3.

Convention for a target of 0 against an infinite loss: the term is 0. Frameworks that answer NaN there
are checked by their golden numbers, not here.
"""

from collections.abc import Sequence
from typing import Any

from mpmath import MPContext

mp = MPContext()
mp.dps = 50
Row = Sequence[float]


def _times(mass: Any, loss: Any) -> Any:
    """mass * loss with 0 * inf = 0."""
    return mp.mpf(0) if mass == 0 else mass * loss


def _parts(logits: Row) -> tuple[list[Any], Any, Any, int]:
    """(m - x_c for each c, m, r, argmax), m = max, r = sum of exp(x_c - m) over all but the argmax.

    log sum exp = m + log(1 + r), and the loss of class c is (m - x_c) + log(1 + r): two terms >= 0.
    """
    row = [mp.mpf(x) for x in logits]
    top = max(range(len(row)), key=row.__getitem__)
    gaps = [mp.mpf(0) if c == top else row[top] - x for c, x in enumerate(row)]
    rest = mp.fsum(mp.exp(-gap) for c, gap in enumerate(gaps) if c != top)
    return gaps, row[top], rest, top


def logsumexp(logits: Row) -> Any:
    """log(sum(exp(x)))."""
    _, largest, rest, _ = _parts(logits)
    return largest + mp.log1p(rest)


def class_losses(logits: Row) -> list[Any]:
    """-log softmax(x)_c for each class c."""
    gaps, _, rest, _ = _parts(logits)
    spread = mp.log1p(rest)
    return [gap + spread for gap in gaps]


def _one_minus_p(logits: Row) -> list[Any]:
    """1 - softmax(x)_c for each class c; of the largest as the sum of the others."""
    gaps, _, rest, top = _parts(logits)
    total = 1 + rest
    return [rest / total if c == top else 1 - mp.exp(-gap) / total for c, gap in enumerate(gaps)]


def softplus(x: float) -> Any:
    """log(1 + exp(x))."""
    return mp.log1p(mp.exp(mp.mpf(x)))


def softcap(x: float, cap: float) -> Any:
    """cap * tanh(x / cap). Source: Gemma 2 report, arXiv:2408.00118, section 2."""
    return mp.mpf(cap) * mp.tanh(mp.mpf(x) / mp.mpf(cap))


def one_hot(label: int, classes: int) -> list[float]:
    """The label as a row of 0.0 and 1.0."""
    return [float(c == label) for c in range(classes)]


def _smoothed(target: Row, smoothing: float) -> list[Any]:
    """(1 - e) t + e / C. Source: Szegedy et al., arXiv:1512.00567, section 7."""
    e, share = mp.mpf(smoothing), mp.mpf(smoothing) / len(target)
    return [(1 - e) * mp.mpf(t) + share for t in target]


def _dense(losses: Sequence[Any], target: Row, weight: Row | None, smoothing: float) -> Any:
    """sum_c w_c t'_c l_c."""
    weights = weight if weight is not None else [1.0] * len(losses)
    mixed = _smoothed(target, smoothing)
    return mp.fsum(_times(mp.mpf(w) * t, v) for w, t, v in zip(weights, mixed, losses, strict=True))


def softmax_ce_dense(
    logits: Row, target: Row, weight: Row | None = None, smoothing: float = 0.0
) -> Any:
    """-sum_c w_c t'_c log softmax(x)_c, t' the smoothed target.

    Source: torch.nn.CrossEntropyLoss, documentation, targets as class probabilities.
    """
    return _dense(class_losses(logits), target, weight, smoothing)


def softmax_ce_index(
    logits: Row, label: int, weight: Row | None = None, smoothing: float = 0.0
) -> Any:
    """(1 - e) w_y l_y + (e / C) sum_c w_c l_c with l_c = -log softmax(x)_c.

    Source: torch.nn.CrossEntropyLoss, documentation, targets as class indices.
    """
    return softmax_ce_dense(logits, one_hot(label, len(logits)), weight, smoothing)


def nll_dense(
    log_probs: Row, target: Row, weight: Row | None = None, smoothing: float = 0.0
) -> Any:
    """-sum_c w_c t'_c q_c, q the given log-probabilities, whatever they sum to."""
    return _dense([-mp.mpf(q) for q in log_probs], target, weight, smoothing)


def nll_index(log_probs: Row, label: int, weight: Row | None = None, smoothing: float = 0.0) -> Any:
    """-w_y q_y, smoothed over the classes as softmax_ce_index. Source: torch.nn.NLLLoss."""
    return nll_dense(log_probs, one_hot(label, len(log_probs)), weight, smoothing)


def categorical_ce(
    probs: Row, target: Row, weight: Row | None = None, smoothing: float = 0.0
) -> Any:
    """-sum_c w_c t'_c log p_c: no clipping, no renormalising. Source: Shannon 1948, cross entropy."""
    return nll_dense(
        [mp.log(mp.mpf(p)) if p else mp.ninf for p in probs], target, weight, smoothing
    )


def sigmoid_bce(x: float, target: float, pos_weight: float = 1.0, smoothing: float = 0.0) -> Any:
    """q t' log(1 + exp(-x)) + (1 - t') log(1 + exp(x)), t' = (1 - e) t + e / 2, of one element.

    Source: torch.nn.BCEWithLogitsLoss and tf.nn.weighted_cross_entropy_with_logits, documentation;
    the smoothing is that of keras.losses.BinaryCrossentropy.
    """
    e, t = mp.mpf(smoothing), mp.mpf(target)
    hit = _times(mp.mpf(pos_weight) * ((1 - e) * t + e / 2), softplus(-mp.mpf(x)))
    return hit + _times((1 - e) * (1 - t) + e / 2, softplus(x))


def bce(p: float, target: float, floor: float = -100.0) -> Any:
    """-t max(log p, -100) - (1 - t) max(log(1 - p), -100), of one element.

    Source: torch.nn.BCELoss, documentation.
    """
    p_, t, low = mp.mpf(p), mp.mpf(target), mp.mpf(floor)
    log_p = max(mp.log(p_), low) if p_ > 0 else low
    log_q = max(mp.log1p(-p_), low) if p_ < 1 else low
    return -t * log_p - (1 - t) * log_q


def multilabel_soft_margin(logits: Row, target: Row, weight: Row | None = None) -> Any:
    """(1 / C) sum_c w_c (t_c log(1 + exp(-x_c)) + (1 - t_c) log(1 + exp(x_c))).

    Source: torch.nn.MultiLabelSoftMarginLoss, documentation.
    """
    weights = weight if weight is not None else [1.0] * len(logits)
    terms = zip(weights, logits, target, strict=True)
    return mp.fsum(mp.mpf(w) * sigmoid_bce(x, t) for w, x, t in terms) / len(logits)


def soft_margin(x: float, sign: float) -> Any:
    """log(1 + exp(-y x)), y in {-1, 1}, of one element. Source: torch.nn.SoftMarginLoss."""
    return softplus(-mp.mpf(sign) * mp.mpf(x))


def softmax_focal_dense(
    logits: Row, target: Row, gamma: float = 2.0, alpha: Row | None = None
) -> Any:
    """sum_c a_c t_c (1 - p_c)^gamma (-log p_c), p = softmax(x).

    Source: Lin et al., arXiv:1708.02002, eq. 4 and 5, in its softmax form.
    """
    factors = alpha if alpha is not None else [1.0] * len(logits)
    terms = zip(factors, target, _one_minus_p(logits), class_losses(logits), strict=True)
    return mp.fsum(
        _times(mp.mpf(a) * mp.mpf(t), mp.power(miss, mp.mpf(gamma)) * loss)
        for a, t, miss, loss in terms
    )


def softmax_focal_index(
    logits: Row, label: int, gamma: float = 2.0, alpha: Row | None = None
) -> Any:
    """a_y (1 - p_y)^gamma (-log p_y): softmax_focal_dense of the label."""
    return softmax_focal_dense(logits, one_hot(label, len(logits)), gamma, alpha)


def sigmoid_focal(x: float, target: float, gamma: float = 2.0, alpha: float | None = None) -> Any:
    """a_t (1 - p_t)^gamma bce(x, t), 1 - p_t = t (1 - p) + (1 - t) p, a_t = a t + (1 - a)(1 - t).

    Source: Lin et al., arXiv:1708.02002; optax.losses.sigmoid_focal_loss for targets between 0 and 1.
    """
    x_, t = mp.mpf(x), mp.mpf(target)
    p, q = mp.exp(-softplus(-x_)), mp.exp(-softplus(x_))
    loss = mp.power(t * q + (1 - t) * p, mp.mpf(gamma)) * sigmoid_bce(x, target)
    if alpha is None:
        return loss
    a = mp.mpf(alpha)
    return (a * t + (1 - a) * (1 - t)) * loss


def poly(logits: Row, target: Row, epsilon: float = 2.0) -> Any:
    """Cross entropy + epsilon * sum_c t_c (1 - p_c).

    Source: Leng et al., PolyLoss, arXiv:2204.12511, Poly-1; optax.losses.poly_loss_cross_entropy.
    """
    misses = _one_minus_p(logits)
    miss = mp.fsum(mp.mpf(t) * m for t, m in zip(target, misses, strict=True))
    return softmax_ce_dense(logits, target) + mp.mpf(epsilon) * miss


def kl_div(log_q: Row, target: Row, log_target: bool = False) -> Any:
    """sum_c t_c (log t_c - q_c), 0 where t_c = 0; exp(t_c) (t_c - q_c) when the target is in logs.

    Source: torch.nn.KLDivLoss, documentation.
    """
    if log_target:
        pairs = [(mp.exp(mp.mpf(t)), mp.mpf(t)) for t in target]
    else:
        pairs = [(mp.mpf(t), mp.log(mp.mpf(t)) if t else mp.ninf) for t in target]
    return mp.fsum(
        _times(mass, log_mass - mp.mpf(q)) for (mass, log_mass), q in zip(pairs, log_q, strict=True)
    )


def js_div(p: Row, q: Row) -> Any:
    """(KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2, of two rows of probabilities.

    Source: Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37 (1991).
    """
    total = mp.mpf(0)
    for a, b in zip(p, q, strict=True):
        a_, b_ = mp.mpf(a), mp.mpf(b)
        middle = (a_ + b_) / 2
        total += sum(v * mp.log(v / middle) for v in (a_, b_) if v != 0) / 2
    return total


def entropy(logits: Row) -> Any:
    """-sum_c p_c log p_c, p = softmax(x), in nats. Source: Shannon 1948."""
    return mp.fsum(_times(mp.exp(-loss), loss) for loss in class_losses(logits))


def entropy_of_probs(probs: Row) -> Any:
    """-sum_c p_c log p_c of the given probabilities, whatever they sum to; 0 log 0 = 0."""
    return mp.fsum(-mp.mpf(p) * mp.log(mp.mpf(p)) for p in probs if p != 0)


def poisson_nll(
    x: float, target: float, log_input: bool = True, full: bool = False, eps: float = 1e-8
) -> Any:
    """exp(x) - t x, or x - t log(x + eps); full adds t log t - t + log(2 pi t) / 2 where t > 1.

    Source: torch.nn.PoissonNLLLoss, documentation.
    """
    x_, t = mp.mpf(x), mp.mpf(target)
    loss = mp.exp(x_) - t * x_ if log_input else x_ - t * mp.log(x_ + mp.mpf(eps))
    if full and t > 1:
        loss += t * mp.log(t) - t + mp.log(2 * mp.pi * t) / 2
    return loss


def gaussian_nll(x: float, target: float, var: float, full: bool = False, eps: float = 1e-6) -> Any:
    """(log v + (x - t)^2 / v) / 2 with v = max(var, eps); full adds log(2 pi) / 2.

    Source: torch.nn.GaussianNLLLoss, documentation; Nix and Weigend 1994.
    """
    v = max(mp.mpf(var), mp.mpf(eps))
    loss = (mp.log(v) + (mp.mpf(x) - mp.mpf(target)) ** 2 / v) / 2
    return loss + mp.log(2 * mp.pi) / 2 if full else loss


def z_loss(logits: Row, factor: float) -> Any:
    """factor * (log sum exp(x))^2. Source: T5X losses.py; ST-MoE, arXiv:2202.08906, eq. 5."""
    return mp.mpf(factor) * logsumexp(logits) ** 2
