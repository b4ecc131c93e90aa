"""Sets of words, written as one readable string."""


def words(text: str) -> frozenset[str]:
    """Return the words of a string that separates them by blanks."""
    return frozenset(text.split())
