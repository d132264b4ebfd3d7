"""The public half of `perceptron`: a layer of sigmoid units with a squared error."""
