"""The public half of `dense_layer`: a fully connected layer of sigmoid units over a batch."""
