"""One read of the inputs, from a request to a result.

A plan opens and looks at them, a recipe says what is done with each box, and a header and the
tallies make the result, wherever they are.
"""
