import numpy as np

TAPE = []


class Value:
    """Every operation is written down in one list, which is read backwards."""

    def __init__(self, data):
        self.data = np.float64(data)
        self.grad = np.float64(0.0)

    def _op(self, data, *pairs):
        out = Value(data)
        TAPE.append((out, pairs))
        return out

    def __add__(self, other):
        if not isinstance(other, Value):
            return self._op(self.data + other, (self, 1.0))
        return self._op(self.data + other.data, (self, 1.0), (other, 1.0))

    __radd__ = __add__

    def __mul__(self, other):
        if not isinstance(other, Value):
            return self._op(self.data * other, (self, other))
        return self._op(self.data * other.data, (self, other.data), (other, self.data))

    __rmul__ = __mul__

    def __neg__(self):
        return self._op(-self.data, (self, -1.0))

    def __sub__(self, other):
        if not isinstance(other, Value):
            return self._op(self.data - other, (self, 1.0))
        return self._op(self.data - other.data, (self, 1.0), (other, -1.0))

    def __rsub__(self, other):
        return self._op(other - self.data, (self, -1.0))

    def __truediv__(self, other):
        if not isinstance(other, Value):
            return self._op(self.data / other, (self, 1 / other))
        return self._op(self.data / other.data, (self, 1 / other.data), (other, -self.data / other.data ** 2))

    def __rtruediv__(self, other):
        return self._op(other / self.data, (self, -other / self.data ** 2))

    def __pow__(self, k):
        return self._op(self.data ** k, (self, k * self.data ** (k - 1.0)))

    def exp(self):
        return self._op(np.exp(self.data), (self, np.exp(self.data)))

    def log(self):
        return self._op(np.log(self.data), (self, 1 / self.data))

    def tanh(self):
        return self._op(np.tanh(self.data), (self, 1 - np.tanh(self.data) ** 2))

    def sigmoid(self):
        s = 1 / (1 + np.exp(-self.data))
        return self._op(s, (self, s * (1 - s)))

    def relu(self):
        return self._op(np.maximum(self.data, 0), (self, float(self.data > 0)))

    def backward(self):
        self.grad = np.float64(1.0)
        while TAPE:
            out, pairs = TAPE.pop()
            for value, slope in pairs:
                value.grad = value.grad + slope * out.grad
