"""Parking in the service: stores, the writer that makes commands durable, money, access, what is said over HTTP and WebSocket."""
