"""A whole Starlift installation in a private folder: for the demo and the end-to-end tests."""

from .client import Client, RpcFailure
from .receiver import WebhookReceiver
from .stack import Stack, stop_recorded

__all__ = ["Client", "RpcFailure", "Stack", "WebhookReceiver", "stop_recorded"]
