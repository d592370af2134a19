"""Why an algorithm gives up, in the names that its container has for it."""


class UserError(Exception):
    """What whoever started the job can mend."""


class AlgorithmError(Exception):
    """What XGBoost itself could not do."""


def reason(error: Exception) -> str:
    """Return what /opt/ml/output/failure says; the container adds its own frames.

    https://github.com/aws/sagemaker-xgboost-container
    """
    name = f"sagemaker_algorithm_toolkit.exceptions.{type(error).__name__}"
    return f"framework error: \n{name}: {error}"
