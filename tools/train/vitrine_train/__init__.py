"""Trains the heads that vitrine loads at run time: clothing category, grocery product, kind."""
