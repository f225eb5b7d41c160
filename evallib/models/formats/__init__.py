"""One file per model format, and what every loaded model can do. Imported by the worker process only."""
