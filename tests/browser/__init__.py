"""In a real Chromium, on a real `storytime serve --subinterpreters`."""
