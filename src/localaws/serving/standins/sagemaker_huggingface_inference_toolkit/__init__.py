"""Stands in for the part of the toolkit that inference scripts import.

https://github.com/aws/sagemaker-huggingface-inference-toolkit
"""
