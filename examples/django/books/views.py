"""The pages of the shop."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from .forms import OrderForm
from .models import Book


def shop(request: HttpRequest) -> HttpResponse:
    """Show all books."""
    return render(request, "books/shop.html", {"books": Book.objects.all()})


def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form for one book, and take the order."""
    book = get_object_or_404(Book, pk=pk)
    form = OrderForm(request.POST or None)
    if form.is_valid():
        form.instance.book = book
        form.save()
        messages.success(request, f"“{book}” is yours.")
        return redirect("shop")
    return render(request, "books/order.html", {"book": book, "form": form})
