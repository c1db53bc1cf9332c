"""Each framework's functions by their dotted names, as rules on top of the own kinds."""
