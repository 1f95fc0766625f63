"""Numbers of bytes in words: "1.2 MB", of a thousand each, as disks and downloads are sold."""

from typing import Literal

from core.plurals import plural

MAX_PAGE_BYTES = 3_000_000  # of one page of a source, decompressed


def byte_size(count: int, smallest: Literal["bytes", "KB", "MB"] = "bytes") -> str:
    """ "2.1 GB", "1.2 MB", "14 KB", "300 bytes", "no bytes". `smallest`: the least unit that is used."""
    if count >= 999_950_000:
        return f"{count / 1e9:,.1f} GB"
    if count >= 999_500 or smallest == "MB":
        return f"{count / 1e6:,.1f} MB"
    if count >= 1_000 or smallest == "KB":
        return f"{max(1, round(count / 1e3))} KB"
    return plural(count, "byte", none="no")
