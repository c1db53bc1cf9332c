"""One read of the inputs: a plan opens and looks at them, a recipe says what is done with each box,
and a header and the tallies make the result, wherever they are."""
