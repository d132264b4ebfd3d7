"""The public half of `activations`: sigmoid, ReLU, leaky ReLU and tanh."""
