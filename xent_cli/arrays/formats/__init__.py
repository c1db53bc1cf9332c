"""One file a format: a reader, a writer; `arrays.registry` lists them."""
