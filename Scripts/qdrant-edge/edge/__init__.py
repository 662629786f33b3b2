"""Qdrant's engine (qdrant-edge-py) behind Qdrant's REST API, for development and tests."""

# The release of the crates inside the wheel, as its bill of materials names them, and the wheel's own.
VERSION = "1.20.1-edge.0.9.0"
