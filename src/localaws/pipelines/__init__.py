"""Definitions and executions of pipelines; each step is a request of a customer."""
