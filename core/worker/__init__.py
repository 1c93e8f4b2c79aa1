"""The engine's process: ``python -m core.worker`` speaks the protocol on stdin and stdout."""
