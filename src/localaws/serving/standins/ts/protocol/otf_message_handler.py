"""Where TorchServe before 0.9 has its function for parts of an answer."""

from ts.handler_utils.utils import send_intermediate_predict_response

__all__ = ["send_intermediate_predict_response"]
