"""What moto would only pretend, beside SageMaker: done, or refused in words."""
