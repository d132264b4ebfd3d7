"""The losses' forwards and known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from reference.solution import Mistake
from reference.solutions import CHAIN_RULE, VECTORIZED

_CLASSIFIER: Final = "Linear classification: softmax classifier"
_STABILITY: Final = "Linear classification: softmax, practical issues of numeric stability"


def mse_forward(prediction: Any, target: Any) -> Any:
    """The mean over all entries of (prediction - target)^2, a scalar."""
    return np.mean((prediction - target) ** 2)


def cross_entropy_forward(logits: Any, labels: Any) -> Any:
    """The mean over the batch of -log softmax(logits)[label], a scalar; logits (m, n), labels (m,) of integers."""
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


# --- mistakes of the mean squared error -------------------------------------------------------------------------------


def _squares(rule: Callable[[Any], Any]) -> Callable[..., Any]:
    """A forward of `rule(difference)`."""
    return lambda prediction, target: rule(prediction - target)


def _slopes(rule: Callable[[Any], Any]) -> Callable[..., Any]:
    """A backward of `rule(difference)`, at dloss = 1."""
    return lambda dloss, prediction, target: dloss * rule(prediction - target)


# --- mistakes of the cross-entropy ------------------------------------------------------------------------------------

Softmax = Callable[[Any], Any]


def _softmax(a: Any) -> Any:
    e = np.exp(a - np.max(a, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def _no_max(a: Any) -> Any:
    e = np.exp(a)
    return e / np.sum(e, axis=1, keepdims=True)


def _whole_max(a: Any) -> Any:
    e = np.exp(a - np.max(a))
    return e / np.sum(e, axis=1, keepdims=True)


def _columns(a: Any) -> Any:
    return _softmax(a.T).T


def _whole(a: Any) -> Any:
    e = np.exp(a - np.max(a))
    return e / np.sum(e)


def _sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def _picked(a: Any, labels: Any) -> Any:
    return a[np.arange(len(labels)), labels]


def _one_hot(a: Any, labels: Any) -> Any:
    return np.eye(a.shape[1])[labels]


def _loss(softmax: Softmax = _softmax, log: Callable[[Any], Any] = np.log) -> Callable[..., Any]:
    """A forward with another softmax or logarithm."""
    return lambda logits, labels: -np.mean(log(_picked(softmax(logits), labels)))


def _gradient(rule: Callable[[Any, Any, int], Any], softmax: Softmax = _softmax) -> Callable[..., Any]:
    """A backward of `rule(p, y, m)` at dloss = 1, y the one-hot labels."""
    return lambda dloss, logits, labels: dloss * rule(softmax(logits), _one_hot(logits, labels), len(labels))


def _difference(p: Any, y: Any, m: int) -> Any:
    return (p - y) / m


def _by_chain(p: Any, y: Any, m: int) -> Any:
    """By way of the gradient of p, which divides by p."""
    dp = -np.divide(y, p, out=np.zeros_like(p), where=y > 0) / m
    return p * (dp - np.sum(dp * p, axis=1, keepdims=True))


def _before_softmax(rule: Callable[[Any, int], Any]) -> Callable[..., Any]:
    """A backward of `rule(logits - y, m)` at dloss = 1."""
    return lambda dloss, logits, labels: dloss * rule(logits - _one_hot(logits, labels), len(labels))


def _shifted_logs() -> list[Callable[..., Any]]:
    """Forwards whose logarithm is kept from infinity by a small number."""
    epsilons = (0.0, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30, 1e-100, 1e-300)
    return [_loss(log=lambda p, e=e: np.log(p + e)) for e in epsilons]  # type: ignore[misc]


def _log_softmax(a: Any, top: Any, axis: int | None = 1) -> Any:
    """The log of a softmax over `axis`, without going through the probabilities; `top` is subtracted first."""
    return a - top - np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True))


def _by_logs(log_softmax: Callable[[Any], Any]) -> Callable[..., Any]:
    """A forward that never has the probabilities themselves."""
    return lambda logits, labels: -np.mean(_picked(log_softmax(logits), labels))


def _every_row(logits: Any, labels: Any) -> Any:
    return -np.mean(_log_softmax(logits, np.max(logits, axis=1, keepdims=True))[:, labels])


def _every_row_backward(dloss: Any, logits: Any, labels: Any) -> Any:
    p = _softmax(logits)
    p[:, labels] -= 1
    return dloss * p / len(labels)


def _consistent_sigmoid(dloss: Any, logits: Any, labels: Any) -> Any:
    return dloss * (_sigmoid(logits) - 1) * _one_hot(logits, labels) / len(labels)


def _mistake(name: str, title: str, reason: str, read: str, **variants: list[Callable[..., Any]]) -> Iterator[Mistake]:
    """An entry for each variant; the keywords are the functions' names."""
    for function, predicts in variants.items():
        for predict in predicts:
            yield Mistake(name, title, reason, read, function, predict)


MISTAKES = (
    *_mistake(
        "overflow",
        "No maximum is subtracted before exp",
        "exp(1000) is infinite and the exps of a row at -1000 are all 0: neither gives a probability. Softmax does not "
        "change when the same number is subtracted from every logit of a row: subtract the row's maximum first.",
        _STABILITY,
        cross_entropy_forward=[_loss(_no_max), _by_logs(lambda a: _log_softmax(a, 0.0))],
        cross_entropy_backward=[_gradient(_difference, _no_max)],
    ),
    *_mistake(
        "max-over-whole-array",
        "The maximum is taken over the whole array",
        "The maximum of another row makes every exp of a small row 0, and 0/0 is not a number. Each row needs its own "
        "maximum: np.max(logits, axis=1, keepdims=True).",
        _STABILITY,
        cross_entropy_forward=[
            _loss(_whole_max),
            _by_logs(lambda a: _log_softmax(a, np.max(a))),
            _by_logs(lambda a: _log_softmax(a, np.max(a, axis=0))),
        ],
        cross_entropy_backward=[_gradient(_difference, _whole_max)],
    ),
    *_mistake(
        "log-of-zero",
        "The logarithm meets a probability that is 0",
        "At large logits p is rounded to 0, where log p is infinite, and any small number added to p makes it wrong. "
        "Keep to logarithms: log p = a - max - log(sum(exp(a - max))); and p - y needs no division by p.",
        _STABILITY,
        cross_entropy_forward=_shifted_logs(),
        cross_entropy_backward=[_gradient(_by_chain)],
    ),
    *_mistake(
        "half-sum",
        "Half the sum of squares in place of their mean",
        "The mean divides by the number of all entries and has no factor 1/2, which some other courses put there. Its "
        "derivative is 2 (prediction - target)/N, not the difference alone.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.sum(d**2) / 2)],
        mse_backward=[_slopes(lambda d: d)],
    ),
    *_mistake(
        "sum-for-mean",
        "The sum in place of the mean",
        "The loss is the mean over all entries: the sum divided by their number N. So each entry's gradient is divided "
        "by N too.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.sum(d**2))],
        mse_backward=[_slopes(lambda d: 2 * d)],
    ),
    *_mistake(
        "mean-over-rows-only",
        "Divided by the number of rows, not of entries",
        "The mean runs over all entries of the array: divide by `prediction.size`. `len(prediction)` and "
        "`prediction.shape[0]` count rows.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.sum(d**2) / len(d)), _squares(lambda d: np.sum(d**2) / len(d) / 2)],
        mse_backward=[_slopes(lambda d: 2 * d / len(d)), _slopes(lambda d: d / len(d))],
    ),
    *_mistake(
        "factor-two-lost",
        "A factor 2 between the square and its derivative",
        "The derivative of d^2 is 2 d. The loss here is the plain mean of the squares, without the 1/2 that some other "
        "courses use to make the 2 go away.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.mean(d**2) / 2)],
        mse_backward=[_slopes(lambda d: d / d.size)],
    ),
    *_mistake(
        "gradient-averaged",
        "The gradient is averaged to a single number",
        "Each entry of the prediction has a derivative of its own, 2 (prediction - target)/N at its place: divide by "
        "N, and don't add them up. A gradient has the shape of what it is the gradient of.",
        VECTORIZED,
        mse_backward=[_slopes(lambda d: 2 * np.mean(d)), _slopes(np.mean)],
    ),
    *_mistake(
        "absolute-error",
        "The absolute error in place of the squared one",
        "The mean squared error squares each difference, and its derivative grows with the difference. That of the "
        "absolute value is only its sign.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.mean(np.abs(d)))],
        mse_backward=[_slopes(lambda d: np.sign(d) / d.size)],
    ),
    *_mistake(
        "root-taken",
        "The root of the mean is taken",
        "The mean squared error is the mean of the squares as it is. Its root is another measure, the RMSE, with "
        "another derivative.",
        VECTORIZED,
        mse_forward=[_squares(lambda d: np.sqrt(np.mean(d**2)))],
    ),
    *_mistake(
        "sign",
        "The sign is wrong",
        "Every entry has the right size and the opposite sign. A loss is small where the prediction is good: it is "
        "minus the log of a probability, and its gradient is prediction - target, or p - y, not the other way round.",
        VECTORIZED,
        mse_backward=[_slopes(lambda d: -2 * d / d.size)],
        cross_entropy_forward=[lambda logits, labels: -cross_entropy_forward(logits, labels)],
        cross_entropy_backward=[_gradient(lambda p, y, m: (y - p) / m)],
    ),
    *_mistake(
        "not-divided-by-m",
        "Not divided by m, the size of the batch",
        "The loss is the mean over the m samples, not their sum: divide by m, and divide the gradient of every row by "
        "m too.",
        _CLASSIFIER,
        cross_entropy_forward=[lambda logits, labels: len(labels) * cross_entropy_forward(logits, labels)],
        cross_entropy_backward=[_gradient(lambda p, y, _: p - y)],
    ),
    *_mistake(
        "mean-over-classes-too",
        "Divided by the number of classes too",
        "Each sample has one loss, that of its label: the mean is over the m samples. `np.mean` over an (m, n) array "
        "of one-hot labels times log p divides by m n.",
        _CLASSIFIER,
        cross_entropy_forward=[lambda a, labels: cross_entropy_forward(a, labels) / a.shape[1]],
        cross_entropy_backward=[
            _gradient(lambda p, y, _: (p - y) / p.size),
            _gradient(lambda p, y, _: (p - y) / p.shape[1]),
        ],
    ),
    *_mistake(
        "one-hot-before-softmax",
        "The one-hot labels are subtracted before the softmax",
        "The gradient is p - y: take the softmax of the logits as they are, and subtract 1 from the probability of the "
        "right class after that.",
        _CLASSIFIER,
        cross_entropy_backward=[
            _before_softmax(lambda a, m: _softmax(a) / m),
            _before_softmax(lambda a, _: _softmax(a)),
            _before_softmax(lambda a, m: a / m),
            _before_softmax(lambda a, _: a),
        ],
    ),
    *_mistake(
        "one-hot-missing",
        "The one-hot labels are not subtracted",
        "The gradient is p - y, with a 1 in y at the right class. Without it every logit would be pushed down, that of "
        "the right class too.",
        _CLASSIFIER,
        cross_entropy_backward=[_gradient(lambda p, _, m: p / m), _gradient(lambda p, _, __: p)],
    ),
    *_mistake(
        "label-entry-only",
        "Only the entry of the label has a gradient",
        "The loss reads one probability of each row, but every logit of the row moves it, since all share one sum. The "
        "other entries have the gradient p.",
        _CLASSIFIER,
        cross_entropy_backward=[
            _gradient(lambda p, y, m: (p - 1) * y / m),
            _gradient(lambda p, y, _: (p - 1) * y),
        ],
    ),
    *_mistake(
        "softmax-left-out-of-chain",
        "The softmax's own derivative is left out",
        "-1/p at the label is the gradient of the probabilities. The logits lie below the softmax: the chain rule goes "
        "on through its Jacobian, and what comes out is p - y.",
        CHAIN_RULE,
        cross_entropy_backward=[_gradient(lambda p, y, m: -y / p / m), _gradient(lambda p, y, _: -y / p)],
    ),
    *_mistake(
        "labels-index-every-row",
        "The labels pick columns of every row",
        "`p[:, labels]` takes the column of each label from all rows. One entry of each row is meant: "
        "`p[np.arange(m), labels]`.",
        VECTORIZED,
        cross_entropy_forward=[_every_row],
        cross_entropy_backward=[_every_row_backward],
    ),
    *_mistake(
        "wrong-axis",
        "Normalised over the wrong axis",
        "Each row of logits is a sample with a distribution of its own: the sum of the softmax runs over the classes, "
        "axis=1, with keepdims=True.",
        _CLASSIFIER,
        cross_entropy_forward=[
            _loss(_columns),
            _loss(_whole),
            _by_logs(lambda a: _log_softmax(a, np.max(a, axis=0), 0)),
            _by_logs(lambda a: _log_softmax(a, np.max(a), None)),
        ],
        cross_entropy_backward=[_gradient(_difference, _columns), _gradient(_difference, _whole)],
    ),
    *_mistake(
        "sigmoid-in-place-of-softmax",
        "A sigmoid of each logit in place of a softmax",
        "A sigmoid looks at each logit alone; a softmax's probabilities share one sum and add up to 1. With a "
        "backward to match, a gradient check does not see the difference.",
        _CLASSIFIER,
        cross_entropy_forward=[_loss(_sigmoid)],
        cross_entropy_backward=[_gradient(_difference, _sigmoid), _consistent_sigmoid],
    ),
    *_mistake(
        "log-missing",
        "The logarithm is missing",
        "The loss of a sample is -log p of its label: 0 where p is 1, and without bound where p goes to 0. -p alone is "
        "hardly worse for a bad prediction than for a middling one.",
        _CLASSIFIER,
        cross_entropy_forward=[
            lambda logits, labels: -np.mean(_picked(_softmax(logits), labels)),
            lambda logits, labels: 1 - np.mean(_picked(_softmax(logits), labels)),
        ],
    ),
    *_mistake(
        "upstream-ignored",
        "The upstream gradient dloss is ignored",
        "The result is right for dloss = 1 only. The chain rule multiplies the gradient that comes from above by the "
        "loss's own.",
        CHAIN_RULE,
        mse_backward=[lambda _, prediction, target: 2 * (prediction - target) / target.size],
        cross_entropy_backward=[lambda _, logits, labels: (_softmax(logits) - _one_hot(logits, labels)) / len(labels)],
    ),
)
