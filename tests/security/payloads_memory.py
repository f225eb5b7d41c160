"""Payloads that reach for the memory and the descriptors of others."""

from payload import BOTH, PARENT, SECCOMP, START, Payload

OTHERS = (
    Payload("own_environment", "a secret of the server", START, "return stage.variable in os.environ"),
    Payload(
        "environment_of_parent",
        "the server's environment",
        BOTH,
        """
        return b"=" in open(f"/proc/{stage.parent}/environ", "rb").read()
        """,
    ),
    Payload(
        "command_of_parent",
        "how the server was started",
        BOTH,
        """
        return open(f"/proc/{stage.parent}/cmdline", "rb").read() != b""
        """,
    ),
    Payload(
        "addresses_of_parent",
        "where the server's memory lies",
        BOTH,
        """
        return b"-" in open(f"/proc/{stage.parent}/maps", "rb").read()
        """,
    ),
    Payload(
        "memory_of_parent",
        "the server's memory",
        BOTH,
        """
        with open(f"/proc/{stage.parent}/mem", "rb", 0) as memory:
            memory.seek(stage.parent_address)
            return memory.read(len(stage.secret)) == stage.secret
        """,
    ),
    Payload(
        "memory_of_parent_by_call",
        "the server's memory",
        BOTH,
        """
        space = ctypes.create_string_buffer(len(stage.secret))
        ours = struct.pack("QQ", ctypes.addressof(space), len(space))
        theirs = struct.pack("QQ", stage.parent_address, len(space))
        call("process_vm_readv", stage.parent, ours, 1, theirs, 1, 0)
        return space.raw == stage.secret
        """,
    ),
    Payload(
        "change_memory_of_other",
        "other data in another process",
        BOTH,
        """
        space = ctypes.create_string_buffer(b"changed")
        ours = struct.pack("QQ", ctypes.addressof(space), 7)
        return call("process_vm_writev", stage.victim, ours, 1, struct.pack("QQ", stage.victim_address, 7), 1, 0) == 7
        """,
    ),
    Payload(
        "change_memory_by_file",
        "other data in another process",
        BOTH,
        """
        with open(f"/proc/{stage.victim}/mem", "r+b", 0) as memory:
            memory.seek(stage.victim_address)
            return memory.write(b"changed") == 7
        """,
    ),
    Payload(
        "trace_other",
        "full control of another process",
        BOTH,
        """
        return call("ptrace", 0x4206, stage.victim, 0, 0) == 0
        """,
    ),
    Payload(
        "trace_parent",
        "full control of the server",
        BOTH,
        """
        return call("ptrace", 0x4206, stage.parent, 0, 0) == 0
        """,
    ),
    Payload(
        "addresses_of_other_model",
        "where another model's memory lies",
        BOTH,
        'return b"-" in open(f"/proc/{stage.other_model}/maps", "rb").read()',
    ),
    Payload(
        "trace_other_model",
        "full control of another model",
        BOTH,
        'return call("ptrace", 0x4206, stage.other_model, 0, 0) == 0',
    ),
    Payload(
        "descriptors_of_parent",
        "what the server has open",
        BOTH,
        """
        return len(os.listdir(f"/proc/{stage.parent}/fd")) > 0
        """,
    ),
    Payload(
        "take_descriptor_of_parent",
        "an open file of the server",
        BOTH,
        """
        parent = call("pidfd_open", stage.parent, 0)
        return os.pread(call("pidfd_getfd", parent, stage.inherited, 0), 100, 0) == stage.secret
        """,
    ),
    Payload(
        "compare_with_parent",
        "where the server's kernel objects lie",
        BOTH,
        """
        return call("kcmp", stage.parent, stage.parent, 0, stage.inherited, stage.inherited) == 0
        """,
    ),
    Payload(
        "pages_of_other",
        "where another process's memory lies",
        BOTH,
        """
        pages, status = struct.pack("Q", stage.victim_address & ~4095), ctypes.create_string_buffer(4)
        return call("move_pages", stage.victim, 1, pages, None, status, 0) == 0
        """,
        needs="a kernel with NUMA",
    ),
    Payload(
        "locks_of_other",
        "where another process keeps its locks",
        BOTH,
        """
        head, size = ctypes.c_void_p(), ctypes.c_size_t()
        return call("get_robust_list", stage.victim, ctypes.byref(head), ctypes.byref(size)) == 0
        """,
    ),
    Payload(
        "evict_memory_of_other",
        "a process that waits for its memory",
        SECCOMP,
        """
        vector = struct.pack("QQ", stage.victim_address & ~4095, 4096)
        return call("process_madvise", call("pidfd_open", stage.victim, 0), vector, 1, 20, 0) >= 0
        """,
        needs="root",
    ),
)

DESCRIPTORS = (
    Payload(
        "inherited_descriptor",
        "a file that the server had open",
        START,
        """
        return any(os.pread(fd, 100, 0) == stage.secret for fd in files_open())
        """,
    ),
    Payload(
        "shrink_the_room_for_answers",
        "a parent that reads behind the end of its memory",
        PARENT,
        """
        return done_to_a_file(lambda fd: os.ftruncate(fd, 0))
        """,
        when=("ask",),
    ),
    Payload(
        "seal_the_room_for_answers",
        "a parent that cannot use its memory",
        PARENT,
        """
        return done_to_a_file(lambda fd: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE))
        """,
        when=("ask",),
    ),
    Payload(
        "change_mode_of_model",
        "a model file that others may write",
        SECCOMP,
        """
        return done_to_a_file(lambda fd: os.fchmod(fd, 0o666))
        """,
        when=("load",),
    ),
    Payload(
        "change_times_of_model",
        "a model file with forged times",
        SECCOMP,
        """
        return done_to_a_file(lambda fd: os.utime(fd, (1, 1)))
        """,
        when=("load",),
    ),
    Payload(
        "change_owner_of_model",
        "a model file of another group",
        SECCOMP,
        """
        return done_to_a_file(lambda fd: os.fchown(fd, -1, os.getgid()))
        """,
        when=("load",),
    ),
    Payload(
        "mark_model",
        "a model file with an attribute",
        SECCOMP,
        """
        return done_to_a_file(lambda fd: os.setxattr(fd, "user.x", b"x"))
        """,
        when=("load",),
        needs="a file system with extended attributes",
    ),
    Payload(
        "lock_model",
        "a model file that others wait for",
        SECCOMP,
        """
        return done_to_a_file(lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
        """,
        when=("load",),
    ),
    Payload(
        "lease_model",
        "a model file that others wait for when they change it",
        SECCOMP,
        """
        def lease(fd):
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return done_to_a_file(lease)
        """,
        when=("load",),
    ),
    Payload(
        "reopen_model_to_write",
        "another model in its place",
        BOTH,
        """
        return done_to_a_file(lambda fd: os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
        """,
        when=("load",),
    ),
    Payload(
        "path_of_model",
        "where uploads lie",
        SECCOMP,
        """
        return any(os.readlink(f"/proc/self/fd/{fd}").startswith("/") for fd in files_open())
        """,
        when=("load",),
    ),
    Payload(
        "link_model",
        "a second name of the model file",
        BOTH,
        """
        new = (stage.folder + "/new").encode()
        return done_to_a_file(lambda fd: checked(libc.linkat(-100, f"/proc/self/fd/{fd}".encode(), -100, new, 0x400)))
        """,
        when=("load",),
    ),
)

MEMORY = (*OTHERS, *DESCRIPTORS)
