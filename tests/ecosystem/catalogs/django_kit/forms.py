from django import forms


class SignUp(forms.Form):
    name = forms.CharField(max_length=20, help_text="As on your <b>passport</b>")
    email = forms.EmailField(required=False, widget=forms.EmailInput({"class": "wide"}))
    kind = forms.ChoiceField(choices=[("a", "Tea & cake"), ("b", "Neither")])

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "<" in name:
            raise forms.ValidationError("No <angle> brackets")
        return name
