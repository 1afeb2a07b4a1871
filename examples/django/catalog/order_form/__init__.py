"""A ModelForm."""
