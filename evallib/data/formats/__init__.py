"""One reader per file format, each from a `DataFile` to an Arrow table."""
