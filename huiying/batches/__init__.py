"""Long work asked for on a screen and done by the worker, a part at a time."""
