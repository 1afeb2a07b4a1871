import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.forms", "django_kit"],
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
    ],
    FORM_RENDERER="django.forms.renderers.TemplatesSetting",
    TIME_ZONE="Europe/Vienna",
    LANGUAGE_CODE="de",
)
django.setup()
