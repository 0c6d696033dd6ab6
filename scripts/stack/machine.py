"""How much of the machine others take while something is measured."""

import os
import time

TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """What all processors have worked since the start."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


def own_seconds():
    """What this process, its descendants and those that ended have worked."""
    parents, worked = {}, {}
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8", errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # no process, or none any more
        if name.isdigit():
            parents[int(name)], worked[int(name)] = int(fields[1]), sum(map(int, fields[11:15]))
    total = 0
    for pid in worked:
        ancestor = pid
        while ancestor not in (0, os.getpid()):
            ancestor = parents.get(ancestor, 0)
        total += worked[pid] if ancestor else 0
    return total / TICKS


def undisturbed(run, tries=4, most=0.06, pause=5):
    """(what `run` gave, whether it was left alone): runs it again, at most `tries` times in all, while
    others take more than `most` of the machine; keeps the least disturbed one."""
    best = None
    for left in reversed(range(tries)):
        begun, busy, own = time.monotonic(), busy_seconds(), own_seconds()
        result = run()
        foreign = (busy_seconds() - busy - (own_seconds() - own)) / (
            (time.monotonic() - begun) * os.cpu_count())
        if best is None or foreign < best[1]:
            best = (result, foreign)
        if foreign <= most:
            break
        if left:
            time.sleep(pause)
    return best[0], best[1] <= most
