"""Stands in for the part of TorchServe that handlers import."""
