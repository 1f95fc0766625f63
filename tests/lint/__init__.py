"""What `make check` asks beyond ruff and mypy."""
