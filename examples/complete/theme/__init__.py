"""What Harbour looks like: the design tokens, and the stylesheet that is made from them."""
