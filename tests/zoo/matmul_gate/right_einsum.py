from numpy import einsum


class Cache:
    def __init__(self, W, X):
        self.W = W
        self.X = X


def matmul_forward(W, X):
    return einsum("nk,km->nm", W, X), Cache(W, X)


def matmul_backward(dD, cache):
    dW = einsum("nm,km->nk", dD, cache.X)
    dX = einsum("nk,nm->km", cache.W, dD)
    return (dW, dX)
