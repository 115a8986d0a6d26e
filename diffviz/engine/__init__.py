"""The engine: owns the device, the worker threads and cancelling; knows no Qt."""
