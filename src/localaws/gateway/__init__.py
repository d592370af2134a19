"""API Gateway: REST and HTTP APIs whose requests call functions."""
