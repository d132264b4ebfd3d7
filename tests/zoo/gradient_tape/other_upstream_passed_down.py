class Value:
    """Each value hands its gradient down as soon as it gets some: right, and slow where much is shared."""

    def __init__(self, data, local=()):
        self.data, self.grad, self.local = data, 0.0, local

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def __pow__(self, n):
        return Value(self.data ** n, [(self, n * self.data ** (n - 1))])

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other ** -1

    def __rtruediv__(self, other):
        return self ** -1 * other

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        return Value(self.data * (self.data > 0), [(self, float(self.data > 0))])

    def backward(self, g=1.0):
        self.grad += g
        for v, slope in self.local:
            v.backward(slope * g)
