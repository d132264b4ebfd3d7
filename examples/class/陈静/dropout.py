import numpy as np

rng = np.random.default_rng()


def dropout_forward(a, keep_prob, train=True):
    if train:
        kept = rng.random(a.shape) < keep_prob
        out = np.where(kept, a / keep_prob, 0.0)
    else:
        kept, keep_prob = np.ones(a.shape, dtype=bool), 1.0
        out = a.copy()
    return out, (kept, keep_prob)


def dropout_backward(dout, cache):
    kept, keep_prob = cache
    da = np.zeros_like(dout)
    da[kept] = dout[kept] / keep_prob
    return da
