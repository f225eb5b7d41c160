"""Payloads that take more time, memory, threads or descriptors than a model may have.

`stage.size` (bytes), `stage.count` and `stage.seconds` are small where a payload is shown to work, and large in the
worker, where it must be ended or refused before it gets that far.
"""

from payload import DEADLINE, LIMITS, WATCH, Payload

MEMORY = (
    Payload("allocate_at_once", "all memory of the machine", LIMITS, "return len(bytearray(stage.size)) == stage.size"),
    Payload(
        "allocate_in_parts",
        "all memory of the machine",
        WATCH,
        """
        kept = []
        while sum(map(len, kept)) < stage.size:
            kept.append(b"x" * 4_000_000)
            time.sleep(0.005)
        return True
        """,
    ),
    Payload(
        "map_memory",
        "all memory of the machine",
        WATCH,
        """
        kept = []
        for _ in range(stage.size // 4_000_000):
            kept.append(mmap.mmap(-1, 4_000_000))
            kept[-1].write(b"x" * 4_000_000)
            time.sleep(0.005)
        return True
        """,
    ),
    Payload(
        "hide_memory_in_pipes",
        "memory that is not counted as its own",
        LIMITS,
        """
        held = 0
        while held < stage.size:
            inside, outside = os.pipe2(os.O_NONBLOCK)
            for size in (1 << 26, 1 << 20):
                try:
                    fcntl.fcntl(outside, 1031, size)
                    break
                except OSError:
                    pass
            try:
                while held < stage.size:
                    held += os.write(outside, bytes(1 << 16))
            except BlockingIOError:
                pass
        return True
        """,
    ),
)

COUNTS = (
    Payload(
        "many_threads",
        "all threads that the machine can have",
        LIMITS,
        """
        done = threading.Event()
        threads = []
        try:
            for _ in range(stage.count):
                threads.append(threading.Thread(target=done.wait, daemon=True))
                threads[-1].start()
        except RuntimeError:
            return False
        finally:
            done.set()
        return True
        """,
    ),
    Payload(
        "many_small_threads",
        "all threads that the machine can have",
        WATCH,
        """
        threading.stack_size(65536)
        done = threading.Event()
        try:
            for _ in range(stage.count):
                threading.Thread(target=done.wait, daemon=True).start()
        except RuntimeError:
            return False
        finally:
            done.set()
        return True
        """,
    ),
    Payload(
        "many_descriptors",
        "all open files that the machine can have",
        LIMITS,
        """
        copies = []
        try:
            for _ in range(stage.count):
                copies.append(os.dup(0))
        finally:
            for copy in copies:
                os.close(copy)
        return True
        """,
    ),
)

TIME = (
    Payload(
        "compute_in_python",
        "a core for ever",
        DEADLINE,
        """
        for _ in range(stage.count):
            pass
        return True
        """,
    ),
    Payload(
        "compute_in_c",
        "a core for ever, out of Python's reach",
        DEADLINE,
        """
        from itertools import repeat
        return all(repeat(True, stage.count))
        """,
    ),
    Payload(
        "match_text",
        "a core for ever, by one regular expression",
        DEADLINE,
        """
        import re
        return re.match("(a+)+$", "a" * stage.length + "b") is None
        """,
    ),
    Payload("sleep", "a caller that waits for ever", DEADLINE, "time.sleep(stage.seconds); return True"),
    Payload(
        "ignore_signals",
        "a process that does not end when it is asked to",
        DEADLINE,
        """
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(stage.seconds)
        return True
        """,
    ),
    Payload(
        "block_the_interpreter",
        "a process in which no Python runs any more",
        DEADLINE,
        """
        ctypes.PyDLL(None).usleep(int(stage.seconds * 1e6))
        return True
        """,
    ),
)

RESOURCES = (*MEMORY, *COUNTS, *TIME)

SMALL = {"size": 16_000_000, "count": 20, "length": 12, "seconds": 0.05}
LARGE = {"size": 20_000_000_000, "count": 1 << 40, "length": 60, "seconds": 60.0}
BOUNDS = {
    "hide_memory_in_pipes": {**LARGE, "size": 800_000_000},
    "many_threads": {**LARGE, "count": 2_000},
    "many_small_threads": {**LARGE, "count": 2_000},
    "many_descriptors": {**LARGE, "count": 2_000},
}
"""What is kinder to the machine where it gets out, and still more than a model may have."""
