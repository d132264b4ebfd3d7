"""The public half of `regularized_network`: L2 regularization and dropout in a network of three layers."""
