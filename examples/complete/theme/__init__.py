"""How Harbour looks: the design tokens, and the stylesheet that is made from them."""
