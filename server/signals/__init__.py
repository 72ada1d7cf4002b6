"""Signals in the service: the engine that steps them, their inputs, their store, what is said of them over HTTP and WebSocket."""
