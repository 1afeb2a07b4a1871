// Controls in the props panel, where a server renders stories.
