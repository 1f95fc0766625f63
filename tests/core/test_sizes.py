"""Numbers of bytes in words."""

from typing import Literal

import pytest

from core.sizes import byte_size


@pytest.mark.parametrize(
    ("count", "smallest", "words"),
    [
        (0, "bytes", "no bytes"),
        (1, "bytes", "1 byte"),
        (999, "bytes", "999 bytes"),
        (1_000, "bytes", "1 KB"),
        (14_400, "bytes", "14 KB"),
        (999_499, "bytes", "999 KB"),
        (999_500, "bytes", "1.0 MB"),
        (12_345_678, "bytes", "12.3 MB"),
        (999_949_999, "bytes", "999.9 MB"),
        (999_950_000, "bytes", "1.0 GB"),
        (1_234_567_000_000, "bytes", "1,234.6 GB"),
        (1, "KB", "1 KB"),
        (640_000, "KB", "640 KB"),
        (1_200_000, "KB", "1.2 MB"),
        (0, "MB", "0.0 MB"),
        (640_000, "MB", "0.6 MB"),
        (2_000_000_000, "MB", "2.0 GB"),
    ],
)
def test_a_number_of_bytes_in_words(count: int, smallest: Literal["bytes", "KB", "MB"], words: str) -> None:
    assert byte_size(count, smallest) == words
