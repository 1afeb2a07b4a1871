"""What the pages of docs/ show and takes long: `nox -s commands`."""
