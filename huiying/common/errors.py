"""Refusals: what the program will not do, said to the person who asked."""

import errno


class Refused(Exception):
    """A known refusal. The message is Chinese and says what, where and how to mend it.

    The command line prints it without a traceback and exits with 2; a view shows it on the page.
    """


_WHY = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "空间配额用完了",
    errno.EROFS: "磁盘是只读的",
    errno.EISDIR: "那是文件夹",
    errno.ENOTDIR: "上一级不是文件夹",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.ENAMETOOLONG: "名字太长",
}


def why(error: OSError) -> str:
    """What the system found wrong with a file, in Chinese where it is one of the usual things."""
    return _WHY.get(error.errno or 0) or error.strerror or type(error).__name__
