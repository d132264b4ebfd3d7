"""The public half of `sigmoid_neuron`: the 2-D neuron with a bias."""
