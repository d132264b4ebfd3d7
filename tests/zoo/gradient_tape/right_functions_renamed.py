import heapq
import itertools

import numpy as np


class Function:
    """An operation: forward on arrays, backward to one gradient for each input."""

    def __call__(self, *inputs):
        inputs = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
        self.inputs = inputs
        self.rank = max(x.rank for x in inputs) + 1
        out = Tensor(self.forward(*[x.data for x in inputs]), requires_grad=any(x.requires_grad for x in inputs))
        if out.requires_grad:
            out.creator, out.rank = self, self.rank
        return out


class Add(Function):
    def forward(self, x, y):
        return x + y

    def backward(self, g):
        return g, g


class Mul(Function):
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, g):
        return g * self.y, g * self.x


class Div(Function):
    def forward(self, x, y):
        self.x, self.y = x, y
        return x / y

    def backward(self, g):
        return g / self.y, -g * self.x / self.y ** 2


class Pow(Function):
    def __init__(self, k):
        self.k = k

    def forward(self, x):
        self.x = x
        return x ** self.k

    def backward(self, g):
        return (g * self.k * self.x ** (self.k - 1),)


class Exp(Function):
    def forward(self, x):
        self.y = np.exp(x)
        return self.y

    def backward(self, g):
        return (g * self.y,)


class Log(Function):
    def forward(self, x):
        self.x = x
        return np.log(x)

    def backward(self, g):
        return (g / self.x,)


class Tanh(Function):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return (g * (1 - self.y ** 2),)


class ReLU(Function):
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, g):
        return (g * (self.x > 0),)


class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data = np.asarray(data, dtype=float)
        self.requires_grad = requires_grad
        self.grad = None
        self.creator = None
        self.rank = 0

    def __add__(self, other):
        return Add()(self, other)

    def __mul__(self, other):
        return Mul()(self, other)

    def __truediv__(self, other):
        return Div()(self, other)

    def __rtruediv__(self, other):
        return Div()(other, self)

    def __pow__(self, k):
        return Pow(float(k) if k < 0 else k)(self)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def exp(self):
        return Exp()(self)

    def log(self):
        return Log()(self)

    def tanh(self):
        return Tanh()(self)

    def relu(self):
        return ReLU()(self)

    def sigmoid(self):
        return 1 / (1 + (-self).exp())

    def backward(self):
        if not self.requires_grad:
            raise RuntimeError("does not require grad")
        self.grad = Tensor(np.ones_like(self.data))
        count = itertools.count()
        queue, seen = [], set()

        def push(t):
            if t.creator is not None and id(t) not in seen:
                seen.add(id(t))
                heapq.heappush(queue, (-t.rank, next(count), t))

        push(self)
        while queue:
            t = heapq.heappop(queue)[-1]
            for x, g in zip(t.creator.inputs, t.creator.backward(t.grad.data)):
                if x.requires_grad:
                    x.grad = Tensor(g if x.grad is None else x.grad.data + g)
                    push(x)
