"""The form with which a book is ordered."""

from django import forms

from .models import Order


class OrderForm(forms.ModelForm):
    """An order, without its book."""

    class Meta:
        """What of the model is in the form."""

        model = Order
        fields = ("name", "email", "copies")

    def clean_name(self) -> str:
        """Refuse a name that somebody has only begun to type."""
        name: str = self.cleaned_data["name"]
        if len(name) < 2:
            raise forms.ValidationError("Whom shall we ask for?")
        return name
