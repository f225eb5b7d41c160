"""Payloads that start programs, disturb other processes, or change what their own process may do."""

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
                time.sleep(3)
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

ITSELF = (
    Payload(
        "raise_limits",
        "more memory and files than allowed",
        f"{LIMITS}, {SECCOMP}",
        """
        everything = resource.RLIM_INFINITY, resource.RLIM_INFINITY
        try:
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
                resource.setrlimit(kind, everything)
        except ValueError:
            return False
        return resource.getrlimit(resource.RLIMIT_FSIZE) == everything
        """,
        alone=True,
    ),
    Payload(
        "raise_limits_past_python",
        "more memory than allowed",
        f"{LIMITS}, {SECCOMP}",
        """
        call("prlimit64", 0, resource.RLIMIT_FSIZE, struct.pack("QQ", 2**64 - 1, 2**64 - 1), None)
        return resource.getrlimit(resource.RLIMIT_FSIZE) == (-1, -1)
        """,
        alone=True,
    ),
    Payload(
        "outlive_the_parent",
        "a process that goes on without its server",
        SECCOMP,
        """
        return checked(libc.prctl(1, 0, 0, 0, 0)) == 0
        """,
        alone=True,
    ),
    Payload(
        "leave_the_session",
        "a process that is not ended with its group",
        SECCOMP,
        """
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os._exit(0)
        return ended_well(pid)
        """,
    ),
    Payload(
        "survive_lack_of_memory",
        "others ended in its place",
        BOTH,
        """
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        return os.write(fd, b"1000") == 4
        """,
    ),
    Payload(
        "raise_own_priority",
        "the cores of others",
        SECCOMP,
        """
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) - 1)
        return True
        """,
        needs="root",
        alone=True,
    ),
    Payload(
        "become_real_time",
        "a core for itself",
        SECCOMP,
        """
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return True
        """,
        needs="root",
        alone=True,
    ),
    Payload(
        "new_user_namespace",
        "a root of its own",
        SECCOMP,
        """
        return call("unshare", 0x10000000) == 0
        """,
        needs="user namespaces and one thread",
        alone=True,
    ),
    Payload(
        "new_mount_namespace",
        "mounts of its own",
        SECCOMP,
        """
        return call("unshare", 0x00020000) == 0
        """,
        needs="root",
        alone=True,
    ),
    Payload(
        "new_network_namespace",
        "a network of its own",
        SECCOMP,
        """
        return call("unshare", 0x40000000) == 0
        """,
        needs="root",
        alone=True,
    ),
    Payload(
        "clone_into_namespace",
        "a process with a root of its own",
        SECCOMP,
        """
        pid = call("clone", 17 | 0x10000000, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return ended_well(pid)
        """,
        needs="user namespaces",
    ),
    Payload(
        "enter_namespace",
        "the namespaces of the server",
        SECCOMP,
        """
        return call("setns", call("pidfd_open", stage.parent, 0), 0x04000000) == 0
        """,
        needs="root",
    ),
    Payload(
        "writable_code",
        "machine code that it wrote itself",
        SECCOMP,
        """
        code = {"x86_64": bytes.fromhex("b82a000000c3"), "aarch64": bytes.fromhex("40058052c0035fd6")}[stage.machine]
        memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(code)
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))() == 42
        """,
    ),
    Payload(
        "memory_made_code",
        "machine code, by a later change of rights",
        SECCOMP,
        """
        memory = mmap.mmap(-1, 4096)
        address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
        return checked(libc.mprotect(address, ctypes.c_size_t(4096), 5)) == 0
        """,
    ),
    Payload(
        "call_of_old_processors",
        "calls by numbers that a filter may not know",
        SECCOMP,
        """
        memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(bytes.fromhex("53b814000000cd805bc3"))  # push rbx; mov eax, getpid; int 0x80; pop rbx; ret
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))() == os.getpid()
        """,
        needs="32-bit calls",
        alone=True,
    ),
    Payload(
        "x32_call",
        "calls by numbers that a filter may not know",
        SECCOMP,
        """
        return checked(libc.syscall(ctypes.c_long(0x40000000 | 39))) == os.getpid()
        """,
        needs="an x86-64 kernel with x32",
        alone=True,
    ),
    Payload(
        "other_personality",
        "memory at addresses that are known beforehand",
        SECCOMP,
        """
        return call("personality", 0x0040000) >= 0 and call("personality", 0) == 0x0040000
        """,
        alone=True,
    ),
    Payload("port_access", "the hardware", SECCOMP, 'return call("iopl", 3) == 0', needs="root on x86-64", alone=True),
)

PROCESSES = (*STARTS, *OTHERS, *ITSELF)
