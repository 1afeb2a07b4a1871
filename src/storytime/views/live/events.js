// Listens to the events of a story, in its frame.
