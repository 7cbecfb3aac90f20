"""The routes, one module per resource or kind of page; thin: translate, one call, render."""
