"""Projects and tasks: what a team brings, imported, checked and split once."""
