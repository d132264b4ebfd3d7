import numpy as np


class Gate:
    def forward(self, W, X):
        self.W, self.X = W, X
        return W @ X

    def backward(self, dD):
        return dD @ self.X.T, self.W.T @ dD


gate = Gate()


def matmul_forward(W, X):
    return gate.forward(W, X), gate


def matmul_backward(dD, cache):
    return cache.backward(dD)
