"""The public half of `l2_regularization`: a cost with a penalty on the weights."""
