"""What the operating system says when it refuses a file, a folder or a port."""

from __future__ import annotations


def reason_of(error: OSError) -> str:
    """The reason alone, in small letters, to follow the words of what was tried.

    Args:
        error: What was raised: by the system, or by a library with a text of its own only.

    Examples:
        >>> reason_of(FileNotFoundError(2, "No such file or directory", "me.jpg"))
        'no such file or directory'
        >>> reason_of(OSError("Truncated"))
        'truncated'
    """
    return (error.strerror or str(error)).lower()
