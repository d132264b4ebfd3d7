# %% [markdown]
# # Losses
#
# The mean squared error of predictions, and the cross-entropy of a softmax over logits, averaged over a batch:
#
# $$\text{mse} = \frac{1}{N} \sum (\text{prediction} - \text{target})^2 \qquad
# \text{cross-entropy} = -\frac{1}{m} \sum_{i=1}^{m} \log p_{i, \text{label}_i}, \quad
# p_{ij} = \frac{e^{a_{ij}}}{\sum_k e^{a_{ik}}}$$
#
# with $N$ the number of all entries, and $m$ the number of rows: each row of logits is a sample.
#
# Mind the extremes: logits of $\pm 1000$ have a finite loss. $e^{1000}$ is infinite in a computer, and a probability
# that is rounded to 0 has no logarithm. $\log p$ can be had without going through $p$.
#
# Check your work as you go: `grader check losses.py` (or the notebook's name).

# %%
import numpy as np


# %%
def mse_forward(prediction, target):
    """The mean over all entries of (prediction - target)^2, and what the backward will need.

    prediction, target: arrays of one shape, any
    Returns (loss, cache): loss is a number; the cache is yours, anything that helps.

    >>> loss, cache = mse_forward(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[0.0, 2.0], [5.0, 4.0]]))
    >>> print(round(float(loss), 8))
    1.5
    """
    raise NotImplementedError


# %%
def mse_backward(dloss, cache):
    """The gradient of the prediction; none is asked for the target.

    dloss: a number, the gradient of the loss: how much the final result changes with it. It is not always 1.
    cache: what the forward returned
    Returns dprediction: an array of the prediction's shape.

    >>> loss, cache = mse_forward(np.array([1.0, 2.0, 3.0, 5.0]), np.array([0.0, 2.5, 5.0, 4.0]))
    >>> print(np.round(mse_backward(1.0, cache), 8))
    [ 0.5  -0.25 -1.    0.5 ]
    """
    raise NotImplementedError


# %% [markdown]
# ## Cross-entropy
#
# A label is the number of the right class, 0 to n - 1: it picks one entry of its row.


# %%
def cross_entropy_forward(logits, labels):
    """The mean over the batch of -log softmax(logits)[label], and what the backward will need.

    logits: array (m, n), a row a sample, a column a class
    labels: array (m,) of integers, the right class of each sample
    Returns (loss, cache): loss is a number; the cache is yours.

    >>> logits, labels = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([2, 0])
    >>> loss, cache = cross_entropy_forward(logits, labels)
    >>> print(round(float(loss), 8))
    0.75310913
    >>> loss, cache = cross_entropy_forward(np.array([[1000.0, -1000.0]]), np.array([1]))
    >>> print(round(float(loss), 8))
    2000.0
    """
    raise NotImplementedError


# %%
def cross_entropy_backward(dloss, cache):
    """The gradient of the logits.

    dloss: a number, the gradient of the loss
    cache: what the forward returned
    Returns dlogits: an array of the logits' shape.

    >>> logits, labels = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([2, 0])
    >>> loss, cache = cross_entropy_forward(logits, labels)
    >>> print(np.round(cross_entropy_backward(1.0, cache), 6))
    [[ 0.045015  0.122364 -0.16738 ]
     [-0.333333  0.166667  0.166667]]
    """
    raise NotImplementedError
