"""The public half of `softmax`: softmax, its Jacobian and its backward."""
