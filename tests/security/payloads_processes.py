"""Payloads that start programs or disturb other processes."""

from payload import BOTH, LIMITS, SECCOMP, Payload

STARTS = (
    Payload(
        "run_program",
        "a program",
        BOTH,
        """
        import subprocess
        return subprocess.run(["/bin/true"]).returncode == 0
        """,
    ),
    Payload("run_shell", "a command", BOTH, 'return os.system("true") == 0'),
    Payload(
        "spawn_program",
        "a program, by another way",
        BOTH,
        """
        return ended_well(os.posix_spawn("/bin/true", ["true"], {}))
        """,
    ),
    Payload(
        "fork",
        "a second process",
        SECCOMP,
        """
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        return ended_well(pid)
        """,
    ),
    Payload(
        "clone",
        "a second process, past Python",
        SECCOMP,
        """
        pid = call("clone", 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return ended_well(pid)
        """,
    ),
    Payload(
        "clone3",
        "a second process, by the newest call",
        SECCOMP,
        """
        pid = call("clone3", struct.pack("QQQQQQQQ", 0, 0, 0, 0, 17, 0, 0, 0), 64)
        if pid == 0:
            os._exit(0)
        return ended_well(pid)
        """,
    ),
    Payload(
        "leave_a_daemon",
        "a process that outlives the model",
        SECCOMP,
        """
        pid = os.fork()
        if pid == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1.2)
            os._exit(0)
        return ended_well(pid)
        """,
    ),
    Payload(
        "become_program",
        "a program in its own place",
        BOTH,
        """
        os.execv("/bin/sh", ["sh", "-c", "exit 42"])
        """,
        alone=True,
    ),
    Payload(
        "become_python",
        "another Python in its own place",
        BOTH,
        """
        os.execve(stage.python, ["python", "-I", "-S", "-c", "raise SystemExit(42)"], {})
        """,
        alone=True,
    ),
    Payload(
        "become_planted_script",
        "a program of its own in its own place",
        BOTH,
        """
        os.execv(stage.folder + "/script", ["script"])
        """,
        alone=True,
    ),
    Payload(
        "become_memory",
        "a program that lies in memory alone",
        f"{BOTH}, {LIMITS}",
        """
        fd = os.memfd_create("x", 0)
        os.write(fd, b"#!/bin/sh\\nexit 42\\n")
        os.execve(fd, ["x"], {})
        """,
        alone=True,
    ),
)

OTHERS = (
    Payload("signal_parent", "a signal to the server", BOTH, "os.kill(os.getppid(), 0); return True"),
    Payload("kill_other", "a dead process", BOTH, "os.kill(stage.victim, signal.SIGKILL); return True"),
    Payload(
        "kill_thread_of_other",
        "a dead process",
        BOTH,
        """
        return call("tgkill", stage.victim, stage.victim, 9) == 0
        """,
    ),
    Payload(
        "queue_signal",
        "a dead process",
        BOTH,
        """
        info = ctypes.create_string_buffer(struct.pack("iii", 9, 0, -1), 128)
        return call("rt_sigqueueinfo", stage.victim, 9, info) == 0
        """,
    ),
    Payload(
        "kill_by_descriptor",
        "a dead process",
        BOTH,
        """
        return call("pidfd_send_signal", call("pidfd_open", stage.victim, 0), 9, None, 0) == 0
        """,
    ),
    Payload(
        "open_process",
        "a descriptor of another process",
        SECCOMP,
        """
        return call("pidfd_open", stage.victim, 0) > 0
        """,
    ),
    Payload(
        "kill_by_arriving_data",
        "a dead process, by the owner of a pipe",
        BOTH,
        """
        for end in os.pipe():
            fcntl.fcntl(end, fcntl.F_SETOWN, stage.victim)
            fcntl.fcntl(end, 10, signal.SIGKILL)
            fcntl.fcntl(end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(end, b"x")
        """,
    ),
    Payload(
        "lower_priority_of_other",
        "a slower process",
        SECCOMP,
        """
        os.setpriority(os.PRIO_PROCESS, stage.victim, 19)
        return True
        """,
    ),
    Payload(
        "bind_other_to_a_core",
        "a slower process",
        SECCOMP,
        """
        os.sched_setaffinity(stage.victim, os.sched_getaffinity(stage.victim))
        return True
        """,
    ),
    Payload(
        "reschedule_other",
        "a slower process",
        SECCOMP,
        """
        os.sched_setscheduler(stage.victim, os.SCHED_BATCH, os.sched_param(0))
        return True
        """,
    ),
    Payload(
        "starve_disk_of_other",
        "a process that waits for its files",
        SECCOMP,
        """
        return call("ioprio_set", 1, stage.victim, 3 << 13) == 0
        """,
    ),
    Payload(
        "limit_other",
        "a process without memory or files",
        SECCOMP,
        """
        resource.prlimit(stage.victim, resource.RLIMIT_CORE, (0, 0))
        return True
        """,
    ),
    Payload(
        "read_limits_of_parent",
        "how the server is limited",
        SECCOMP,
        """
        return len(resource.prlimit(stage.parent, resource.RLIMIT_NOFILE)) == 2
        """,
    ),
)

PROCESSES = (*STARTS, *OTHERS)
