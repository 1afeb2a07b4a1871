"""The drawings: SVG paths on a grid of 24 by 24, drawn with a line and not filled."""

SHAPES = {
    "anchor": "M12 8v13M8 11h8M4 14c0 4 4 7 8 7s8-3 8-7M12 3a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
    "arrow-right": "M4 12h16M14 6l6 6-6 6",
    "bell": "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
    "calendar": "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
    "check": "M5 13l4 4L19 7",
    "check-circle": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM8 12l3 3 5-6",
    "chevron-left": "M15 5l-7 7 7 7",
    "chevron-right": "M9 5l7 7-7 7",
    "close": "M6 6l12 12M18 6L6 18",
    "external": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "ferry": "M5 14V8h14v6M9 8V4h6v4M3 14h18l-3 5H6zM3 22c2 0 2-1 4-1s3 1 5 1 3-1 5-1 2 1 4 1",
    "info": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v6M12 7.5v.01",
    "pencil": "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
    "plus": "M12 5v14M5 12h14",
    "search": "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l5 5",
    "stop": "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 7v6M12 16.5v.01",
    "ticket": "M3 6h18v4a2 2 0 0 0 0 4v4H3v-4a2 2 0 0 0 0-4zM14 6v12",
    "trash": "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
    "user": "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21c0-4 4-6 8-6s8 2 8 6",
    "warning": "M12 3.5L22 20.5H2zM12 9.5v5M12 17.5v.01",
}
