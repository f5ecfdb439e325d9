"""What is said without anybody pressing Send, and what conversations wait for."""
