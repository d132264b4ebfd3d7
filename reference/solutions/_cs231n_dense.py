"""Affine layers, relu and the two losses of cs231n_layers: forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, PATTERNS, VECTORIZED

_STABILITY: Final = "Linear classification: softmax, practical issues of numeric stability"
_SVM: Final = "Linear classification: multiclass support vector machine loss"

Rule = Callable[..., Any]


def affine_forward(x: Any, w: Any, b: Any) -> Any:
    """Each sample of x (m, d_1, ..., d_k) as a row, times w (d, c), plus b (c,)."""
    return np.reshape(x, (x.shape[0], -1)) @ w + b


def relu_forward(x: Any) -> Any:
    """The larger of x and 0."""
    return np.maximum(x, 0.0)


def softmax_loss(x: Any, y: Any) -> tuple[Any, Any]:
    """The mean over the samples of -log softmax(x)[y], and its gradient; x (m, c), y (m,)."""
    shifted = x - np.max(x, axis=1, keepdims=True)
    return _cross_entropy(shifted, y, np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True))


def _cross_entropy(shifted: Any, y: Any, p: Any) -> tuple[Any, Any]:
    rows = np.arange(len(y))
    loss = np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - shifted[rows, y])
    return loss, (p - _one_hot(p, y)) / len(y)


def svm_loss(x: Any, y: Any) -> tuple[Any, Any]:
    """The mean over the samples of sum max(0, x_j - x_y + 1) over the wrong classes j, and its gradient."""
    margins = _margins(x, y)
    wrong = (margins > 0) * 1.0
    return np.sum(margins) / len(y), (wrong - _one_hot(x, y) * wrong.sum(axis=1, keepdims=True)) / len(y)


def _one_hot(x: Any, y: Any) -> Any:
    return np.eye(x.shape[1])[y]


def _margins(x: Any, y: Any, delta: float = 1.0) -> Any:
    """Those of the wrong classes; 0 for the right one."""
    margins = np.maximum(0.0, x - x[np.arange(len(y)), y][:, None] + delta)
    return margins * (1.0 - _one_hot(x, y))


# --- mistakes ---------------------------------------------------------------------------------------------------------


def _affine_backward(dx: Rule | None = None, db: Rule | None = None) -> Rule:
    def backward(dout: Any, x: Any, w: Any, _b: Any) -> Any:
        rows = x.reshape(len(x), -1)
        return (
            dx(dout, x, w) if dx else (dout @ w.T).reshape(x.shape),
            rows.T @ dout,
            db(dout) if db else dout.sum(axis=0),
        )

    return backward


def _softmax(shift: Rule, norm: Rule) -> Rule:
    """The loss as older handouts write it, with other maxima and sums."""

    def loss(x: Any, y: Any) -> Any:
        e = np.exp(x - shift(x))
        p = e / norm(e)
        return -np.mean(np.log(p[np.arange(len(y)), y])), (p - _one_hot(p, y)) / len(y)

    return loss


def _nothing(_x: Any) -> Any:
    return 0.0


def _columns_max(x: Any) -> Any:
    return np.max(x, axis=0)


def _rows(reduce: Any) -> Rule:
    return lambda a: reduce(a, axis=1, keepdims=True)


def _of_right(rule: Rule, right: Rule) -> Rule:
    """`rule(loss, dx, x, y)` of what is right."""
    return lambda x, y: rule(*right(x, y), x, y)


def _summed(right: Rule) -> Rule:
    return _of_right(lambda loss, dx, _x, y: (loss * len(y), dx * len(y)), right)


def _divided(right: Rule, count: Callable[[Any], int]) -> Rule:
    """By another count than that of the samples."""
    return _of_right(lambda loss, dx, x, y: (loss * len(y) / count(x), dx * len(y) / count(x)), right)


def _svm_dx(rule: Rule) -> Rule:
    """An svm_loss whose gradient is rule(margins, one-hot labels) / m."""
    return lambda x, y: (svm_loss(x, y)[0], rule(_margins(x, y), _one_hot(x, y)) / len(y))


def _svm_with(delta: float) -> Rule:
    def loss(x: Any, y: Any) -> Any:
        margins = _margins(x, y, delta)
        wrong = (margins > 0) * 1.0
        return margins.sum() / len(y), (wrong - _one_hot(x, y) * wrong.sum(axis=1, keepdims=True)) / len(y)

    return loss


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Rule]) -> list[Mistake]:
    """An entry for each variant of each function."""
    return [
        Mistake(name, title, reason, read, function, predict)
        for function, predicts in variants.items()
        for predict in predicts
    ]


def _minus_count(margins: Any, one_hot: Any) -> Any:
    return -one_hot * (margins > 0).sum(axis=1, keepdims=True)


MISTAKES = (
    *_mistake(
        "bias-missing",
        "The bias is not added",
        "Each unit or channel has a bias that is added to all of its entries: `+ b` lines it up with the last axis, "
        "`b[f]` with the channel f of a convolution.",
        PATTERNS,
        affine_forward=[lambda x, w, b: affine_forward(x, w, 0 * b)],
    ),
    *_mistake(
        "dx-not-reshaped",
        "dx does not have the shape of x",
        "The forward flattens each sample, so the backward puts it into its old form: "
        "`dout.dot(w.T).reshape(x.shape)`. With an x of two axes nobody notices.",
        VECTORIZED,
        affine_backward=[_affine_backward(dx=lambda dout, _x, w: dout @ w.T)],
    ),
    *_mistake(
        "db-not-summed",
        "db is not the sum of dout over the samples",
        "The bias was added to every sample (and, in a convolution, at every place): its gradient is the plain sum of "
        "dout over all of them. Nothing is averaged, and the shape is that of b.",
        VECTORIZED,
        affine_backward=[
            _affine_backward(db=lambda dout: dout),
            _affine_backward(db=lambda dout: dout.sum(axis=1)),
            _affine_backward(db=lambda dout: dout.sum()),
            _affine_backward(db=lambda dout: dout.mean(axis=0)),
            _affine_backward(db=lambda dout: dout[-1]),
        ],
    ),
    *_mistake(
        "relu-passes-everything",
        "The gradient passes where x is negative",
        "Where x is below 0 the output is 0 whatever x is, so no gradient flows: keep dout where x > 0, and 0 "
        "elsewhere.",
        PATTERNS,
        relu_backward=[lambda dout, _x: dout],
    ),
    *_mistake(
        "mask-of-upstream",
        "The mask is that of dout",
        "Whether the gate is open is decided by the forward's input, not by the sign of the gradient that comes back: "
        "keep x in the cache and use `dout * (x > 0)`.",
        PATTERNS,
        relu_backward=[lambda dout, _x: np.maximum(dout, 0.0), lambda dout, x: np.maximum(dout, 0.0) * (x > 0)],
    ),
    *_mistake(
        "mask-inverted",
        "The mask is the wrong way round",
        "The gradient flows where x is above 0 and is stopped where it is below: here it is the other way round.",
        PATTERNS,
        relu_forward=[lambda x: np.minimum(x, 0.0)],
        relu_backward=[lambda dout, x: dout * (x < 0)],
    ),
    *_mistake(
        "forward-in-place-of-derivative",
        "dout is multiplied by the output, not by the slope",
        "The local gradient of relu is 1 where x > 0 and 0 elsewhere: multiply dout by that mask. Here it is "
        "multiplied by max(x, 0) itself, or by x.",
        CHAIN_RULE,
        relu_backward=[lambda dout, x: dout * np.maximum(x, 0.0), lambda dout, x: dout * x],
    ),
    *_mistake(
        "sum-in-place-of-mean",
        "The sum over the samples in place of the mean",
        "The loss is the mean over the batch: divide by the number of samples, in the loss and in its gradient alike.",
        VECTORIZED,
        softmax_loss=[_summed(softmax_loss)],
        svm_loss=[_summed(svm_loss)],
    ),
    *_mistake(
        "divided-by-classes",
        "Divided by the number of classes",
        "The loss is the mean over the samples, which are the rows, `x.shape[0]`: the number of classes does not come "
        "in, and neither does the number of entries.",
        VECTORIZED,
        softmax_loss=[_divided(softmax_loss, lambda x: x.shape[1]), _divided(softmax_loss, np.size)],
        svm_loss=[_divided(svm_loss, lambda x: x.shape[1]), _divided(svm_loss, np.size)],
    ),
    *_mistake(
        "one-hot-missing",
        "1 is not subtracted for the right class",
        "The gradient of the scores is (p - one_hot(y)) / m: subtract 1 from p at the right class of each sample, with "
        "`dx[np.arange(m), y] -= 1`.",
        CHAIN_RULE,
        softmax_loss=[_of_right(lambda loss, dx, x, y: (loss, dx + _one_hot(x, y) / len(y)), softmax_loss)],
    ),
    *_mistake(
        "divided-before-one-hot",
        "Divided by m before 1 is subtracted",
        "(p - one_hot(y)) / m divides both terms: here p is divided first, and a whole 1 is subtracted from it.",
        CHAIN_RULE,
        softmax_loss=[
            _of_right(lambda loss, dx, x, y: (loss, dx + _one_hot(x, y) / len(y) - _one_hot(x, y)), softmax_loss)
        ],
    ),
    *_mistake(
        "sum-over-wrong-axis",
        "The exponentials are summed over the wrong axis",
        "Each row holds one sample's scores, and its probabilities sum to 1: sum the exponentials over `axis=1` with "
        "`keepdims=True`, not over the batch or the whole array.",
        VECTORIZED,
        softmax_loss=[
            _softmax(shift, norm)
            for shift in (_rows(np.max), np.max, _nothing)
            for norm in (np.sum, lambda e: np.sum(e, axis=0, keepdims=True), lambda e: np.sum(e, axis=1))
        ],
    ),
    *_mistake(
        "overflow",
        "No maximum is subtracted before exp",
        "exp(1000) is infinite, and infinity divided by infinity is not a number. Softmax does not change when the "
        "same number is subtracted from every score of a row: subtract the row's maximum, and the largest exp is 1.",
        _STABILITY,
        softmax_loss=[_softmax(_nothing, _rows(np.sum))],
    ),
    *_mistake(
        "max-over-whole-array",
        "The maximum is taken over the whole array",
        "The maximum of another sample makes every exp of a small row 0, and 0/0 is not a number. Each row needs its "
        "own maximum: `np.max(x, axis=1, keepdims=True)`.",
        _STABILITY,
        softmax_loss=[_softmax(np.max, _rows(np.sum)), _softmax(_columns_max, _rows(np.sum))],
    ),
    *_mistake(
        "right-class-margin-counted",
        "The right class's own margin is counted",
        "For the right class the margin is x_y - x_y + 1 = 1: it has to be left out of the sum (set it to 0), or each "
        "sample's loss is too large by 1.",
        _SVM,
        svm_loss=[
            _of_right(lambda loss, dx, _x, _y: (loss + 1.0, dx), svm_loss),
            _svm_dx(lambda margins, one_hot: (margins > 0) + _minus_count(margins, one_hot) + one_hot),
        ],
    ),
    *_mistake(
        "right-class-gradient-missing",
        "The right class's gradient is missing",
        "Each wrong class with a positive margin pushes the right class's score up as well: its gradient is minus the "
        "number of such classes, divided by m.",
        _SVM,
        svm_loss=[
            _svm_dx(lambda margins, _one_hot: (margins > 0) * 1.0),
            _svm_dx(lambda margins, one_hot: (margins > 0) - one_hot * (margins > 0).any(axis=1, keepdims=True)),
            _svm_dx(lambda margins, one_hot: (margins > 0) - one_hot),
        ],
    ),
    *_mistake(
        "margins-in-place-of-indicator",
        "The margins' sizes are used in place of 1",
        "The loss grows with a score at slope 1 wherever its margin is positive: the gradient counts positive margins "
        "and does not add up their sizes.",
        _SVM,
        svm_loss=[_svm_dx(lambda margins, one_hot: margins - one_hot * margins.sum(axis=1, keepdims=True))],
    ),
    *_mistake(
        "delta-missing",
        "The margin of 1 is missing",
        "A wrong class counts as soon as its score is not at least 1 below the right one's: the margin is "
        "x_j - x_y + 1.",
        _SVM,
        svm_loss=[_svm_with(0.0)],
    ),
)
