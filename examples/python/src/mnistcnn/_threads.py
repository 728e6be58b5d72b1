"""How many threads calls use."""

from __future__ import annotations

import operator
import os
from typing import Optional

MOST_THREADS = 256
_chosen: Optional[int] = None


def set_num_threads(count: Optional[int]) -> None:
    """Sets the number of threads that calls use unless they are told otherwise.

    Parameters
    ----------
    count : int or None
        1 to 256; -1 or None: as many as the process may use, by its affinity and by the quota of its
        control group. The results are the same bytes with any number.

    Examples
    --------
    >>> import mnistcnn
    >>> mnistcnn.set_num_threads(1)
    >>> mnistcnn.get_num_threads()
    1
    >>> mnistcnn.set_num_threads(None)
    """
    global _chosen
    _chosen = None if count is None else resolve(count)


def get_num_threads() -> int:
    """The number of threads that calls use unless they are told otherwise."""
    return _chosen if _chosen is not None else usable_processors()


def resolve(count: Optional[int]) -> int:
    """The number that an argument ``threads`` stands for."""
    if count is None:
        return get_num_threads()
    if isinstance(count, bool) or not hasattr(count, "__index__"):
        raise TypeError(f"threads must be an int or None, not {type(count).__name__}")
    count = operator.index(count)
    if count == -1:
        return usable_processors()
    if not 1 <= count <= MOST_THREADS:
        raise ValueError(f"threads is {count}: it must be 1 to {MOST_THREADS}, or -1 for all processors")
    return count


def usable_processors() -> int:
    """Those of the affinity mask, as far as the quota of the control group suffices."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    quota = _quota()
    return max(1, min(count, quota if quota else count, MOST_THREADS))


def _quota() -> int:
    """What this process' control group and those above it allow, in processors, rounded up; 0: no limit."""
    limits = [limit for limit in map(_limit_of_v2, _groups("")) if limit]
    limits += [limit for limit in map(_limit_of_v1, _groups("cpu")) if limit]
    return min(limits, default=0)


def _groups(controller: str) -> "list[str]":
    """The paths of the control group of a controller ("" in version 2), innermost first."""
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            rows = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    found = [""]
    for row in rows:
        if len(row) == 3 and (controller in row[1].split(",") or row[1] == controller):
            path = row[2].rstrip("/")
            while path:
                found.insert(-1, path)
                path = path.rpartition("/")[0]
    return found


def _limit_of_v2(group: str) -> int:
    words = _words(f"/sys/fs/cgroup{group}/cpu.max")
    return 0 if len(words) != 2 or words[0] == "max" else _processors(words[0], words[1])


def _limit_of_v1(group: str) -> int:
    quota = _words(f"/sys/fs/cgroup/cpu{group}/cpu.cfs_quota_us")
    period = _words(f"/sys/fs/cgroup/cpu{group}/cpu.cfs_period_us")
    return _processors(quota[0], period[0]) if quota and period else 0


def _words(path: str) -> "list[str]":
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().split()
    except OSError:
        return []


def _processors(quota: str, period: str) -> int:
    try:
        microseconds, of = int(quota), int(period)
    except ValueError:
        return 0
    return -(-microseconds // of) if microseconds > 0 and of > 0 else 0
