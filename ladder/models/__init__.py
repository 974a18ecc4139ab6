"""Models by reference: the bundled ones, local folders, runs, GGUF files and servers."""
