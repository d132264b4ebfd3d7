import math


class Value:
    __slots__ = ("data", "grad", "children", "slopes")

    def __init__(self, data, children=(), slopes=()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self.slopes = slopes

    @staticmethod
    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, o):
        o = Value.wrap(o)
        return Value(self.data + o.data, (self, o), (1.0, 1.0))

    def __sub__(self, o):
        o = Value.wrap(o)
        return Value(self.data - o.data, (self, o), (1.0, -1.0))

    def __mul__(self, o):
        o = Value.wrap(o)
        return Value(self.data * o.data, (self, o), (o.data, self.data))

    def __truediv__(self, o):
        o = Value.wrap(o)
        return Value(self.data / o.data, (self, o), (1 / o.data, -self.data / o.data ** 2))

    def __pow__(self, k):
        return Value(self.data ** k, (self,), (k * self.data ** (k - 1),))

    def __neg__(self):
        return Value(-self.data, (self,), (-1.0,))

    def __radd__(self, o):
        return Value.wrap(o) + self

    def __rsub__(self, o):
        return Value.wrap(o) - self

    def __rmul__(self, o):
        return Value.wrap(o) * self

    def __rtruediv__(self, o):
        return Value.wrap(o) / self

    def exp(self):
        e = math.exp(self.data)
        return Value(e, (self,), (e,))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.data))
        return Value(s, (self,), (s * (1 - s),))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (1.0 if self.data > 0 else 0.0,))

    def backward(self):
        """Kahn: a value is done when all its users are."""
        uses, met, stack = {}, {id(self)}, [self]
        while stack:
            v = stack.pop()
            for c in v.children:
                uses[id(c)] = uses.get(id(c), 0) + 1
                if id(c) not in met:
                    met.add(id(c))
                    stack.append(c)
        self.grad = 1.0
        ready = [self]
        while ready:
            v = ready.pop()
            for c, slope in zip(v.children, v.slopes):
                c.grad += slope * v.grad
                uses[id(c)] -= 1
                if uses[id(c)] == 0:
                    ready.append(c)
