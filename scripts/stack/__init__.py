"""A whole Starlift installation in a private folder: for the demo and the end-to-end tests."""

from .client import Client, Operator, RpcFailure
from .house import House, HouseSession, HouseWallet
from .receiver import WebhookReceiver
from .stack import Stack, stop_recorded

__all__ = ["Client", "House", "HouseSession", "HouseWallet", "Operator", "RpcFailure", "Stack",
           "WebhookReceiver", "stop_recorded"]
