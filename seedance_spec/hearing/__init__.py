"""How a run hears: by its own receiver, a shared one or the project's `serve`; tried first. No gateway may enter."""
