"""Neuron to Endpoint: the helper package that the lessons import."""
