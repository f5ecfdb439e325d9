"""House: tests of the walls, of what is documented, and of the shape of the code."""
