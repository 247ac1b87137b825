"""See what every unit of a neural network does with the data."""
