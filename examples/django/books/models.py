"""Books, and orders for them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse


class Book(models.Model):
    """A book in the shop."""

    title = models.CharField(max_length=100)
    author = models.CharField(max_length=100)
    price = models.DecimalField(max_digits=6, decimal_places=2)
    in_stock = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the page on which the book can be ordered."""
        return reverse("order", args=[self.pk])


class Order(models.Model):
    """Somebody's order for some copies of one book."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    name = models.CharField(max_length=50)
    email = models.EmailField("e-mail", help_text="We write when the book is ready.")
    copies = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    def __str__(self) -> str:
        return f"{self.copies} × {self.book}"
