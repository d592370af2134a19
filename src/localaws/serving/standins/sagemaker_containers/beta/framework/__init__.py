"""The modules that scikit-learn's examples import; those that are empty only import."""
