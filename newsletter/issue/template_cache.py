"""Template cache: Jinja's bytecode of the mail's templates, kept between commands in a private temporary folder.

Jinja itself finds that folder, refuses one that others could write to, and compiles anew what has changed. Where there
is none, or no room in it, each command compiles for itself.
"""

from contextlib import suppress

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class _TemplateCache(FileSystemBytecodeCache):
    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, if that can be."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def open_template_cache() -> FileSystemBytecodeCache | None:
    """The cache; None where there is no folder that only this user can write to."""
    try:
        return _TemplateCache()
    except (OSError, RuntimeError):  # RuntimeError: Jinja's own, of a folder that is not safe
        return None
