"""The public half of `himmelblau`: a function of two variables, its gradient, and gradient descent."""
