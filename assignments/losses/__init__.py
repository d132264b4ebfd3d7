"""The public half of `losses`: the mean squared error and the cross-entropy of a softmax."""
