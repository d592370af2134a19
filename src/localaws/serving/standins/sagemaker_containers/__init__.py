"""Stands in for the part of the older toolkit that inference scripts import.

https://github.com/aws/sagemaker-containers
"""
