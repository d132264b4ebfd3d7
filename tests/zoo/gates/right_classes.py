class Add:
    def forward(self, a, b):
        return a + b

    def backward(self, dout):
        return dout, dout


class Mul:
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, dout):
        return dout * self.b, dout * self.a


class Max:
    def forward(self, a, b):
        self.first = a >= b
        return a if self.first else b

    def backward(self, dout):
        return dout * self.first, dout * (not self.first)


class Circuit:
    pass


def circuit_forward(x, y, z):
    net = Circuit()
    net.add, net.mul = Add(), Mul()
    return net.mul.forward(net.add.forward(x, y), z), net


def circuit_backward(df, net):
    dq, dz = net.mul.backward(df)
    dx, dy = net.add.backward(dq)
    return dx, dy, dz


def gates_forward(x, y, z, w):
    net = Circuit()
    net.mul, net.max, net.add, net.two = Mul(), Max(), Add(), Mul()
    s = net.add.forward(net.mul.forward(x, y), net.max.forward(z, w))
    return net.two.forward(2, s), net


def gates_backward(df, net):
    _, ds = net.two.backward(df)
    dp, dm = net.add.backward(ds)
    return (*net.mul.backward(dp), *net.max.backward(dm))
