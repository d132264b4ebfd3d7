"""The public half of `lstm_cell`: one step of an LSTM, with two outputs and six gradients."""
