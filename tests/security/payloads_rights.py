"""Payloads that change what their own process may do, or reach for rarely used parts of the kernel."""

from payload import BOTH, LIMITS, SECCOMP, Payload

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

KERNEL = (
    Payload(
        "io_uring",
        "calls that no filter sees",
        SECCOMP,
        """
        return call("io_uring_setup", 2, ctypes.create_string_buffer(120)) > 0
        """,
        needs="io_uring",
    ),
    Payload(
        "userfaultfd",
        "a kernel that waits for the attacker",
        SECCOMP,
        """
        return call("userfaultfd", 1) > 0
        """,
        needs="userfaultfd",
    ),
    Payload(
        "bpf",
        "programs in the kernel",
        SECCOMP,
        """
        return call("bpf", 0, ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 8, 1), 72), 72) > 0
        """,
        needs="root",
    ),
    Payload(
        "performance_events",
        "what the processor does for others",
        SECCOMP,
        """
        attributes = ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 0), 112)
        return call("perf_event_open", attributes, 0, -1, -1, 0) > 0
        """,
        needs="performance events",
    ),
    Payload(
        "keyring",
        "a store that outlives the process",
        SECCOMP,
        """
        return call("add_key", b"user", b"x", b"x", 1, -1) > 0
        """,
        needs="keyrings",
    ),
    Payload(
        "shared_memory_segment",
        "memory that outlives the process",
        SECCOMP,
        """
        number = call("shmget", 0, 4096, 0o1600)
        call("shmctl", number, 0, None)
        return True
        """,
        needs="System V memory",
    ),
    Payload(
        "message_queue",
        "a letter box that outlives the process",
        SECCOMP,
        """
        number = call("msgget", 0, 0o1600)
        call("msgctl", number, 0, None)
        return True
        """,
        needs="System V queues",
    ),
    Payload(
        "semaphore_set",
        "locks that outlive the process",
        SECCOMP,
        """
        number = call("semget", 0, 1, 0o1600)
        call("semctl", number, 0, 0, 0)
        return True
        """,
        needs="System V semaphores",
    ),
    Payload(
        "posix_message_queue",
        "a letter box with a name",
        SECCOMP,
        """
        name = b"attack-%d" % os.getpid()
        call("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, None)
        call("mq_unlink", name)
        return True
        """,
        needs="POSIX queues",
    ),
    Payload("terminal", "a terminal of its own", BOTH, "return os.openpty()[0] > 0", needs="terminals"),
)

RIGHTS = (*ITSELF, *KERNEL)
