"""Payloads that read files, or learn something of files that they cannot read."""

from payload import BOTH, SECCOMP, Payload

READS = (
    Payload("read_passwd", "the users of this machine", BOTH, 'return b"root" in open("/etc/passwd", "rb").read()'),
    Payload(
        "read_secrets", "the server's secrets", BOTH, 'return open(stage.folder + "/secrets.toml", "rb").read() != b""'
    ),
    Payload(
        "read_other_upload",
        "another session's model",
        BOTH,
        'return open(stage.folder + "/uploads/other.pkl", "rb").read() == stage.secret',
    ),
    Payload(
        "read_file_by_number",
        "a file, past Python",
        BOTH,
        """
        fd = call("openat", -100, (stage.folder + "/secret.txt").encode(), 0)
        return os.read(fd, 100) == stage.secret
        """,
    ),
    Payload(
        "read_from_new_thread",
        "a file, by a thread that is not the one that was confined",
        BOTH,
        """
        found = []
        def read():
            try:
                found.append(open(stage.folder + "/secret.txt", "rb").read())
            except OSError:
                pass
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        return found == [stage.secret]
        """,
    ),
    Payload(
        "read_past_an_allowed_folder",
        "a file, on a way that begins in an allowed folder",
        BOTH,
        'return open("/usr/lib/../.." + stage.folder + "/secret.txt", "rb").read() == stage.secret',
    ),
    Payload(
        "read_through_proc_root",
        "a file, on a way through /proc",
        BOTH,
        'return open("/proc/self/root" + stage.folder + "/secret.txt", "rb").read() == stage.secret',
    ),
    Payload(
        "read_through_symlink",
        "a file, through a link to it",
        BOTH,
        'return open(stage.folder + "/link", "rb").read() == stage.secret',
    ),
    Payload(
        "read_by_handle",
        "a file, by its number on the disk",
        BOTH,
        """
        handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
        mount = ctypes.c_int()
        name = (stage.folder + "/secret.txt").encode()
        call("name_to_handle_at", -100, name, handle, ctypes.byref(mount), 0)
        fd = call("open_by_handle_at", os.open("/usr/lib", os.O_RDONLY), handle, 0)
        return os.read(fd, 100) == stage.secret
        """,
        needs="root",
    ),
    Payload(
        "import_planted_module",
        "code from a folder of its choice",
        BOTH,
        """
        import sys
        sys.dont_write_bytecode = True
        sys.path.insert(0, stage.folder)
        try:
            import planted
        except ModuleNotFoundError:
            return False
        return planted.ran
        """,
    ),
    Payload(
        "load_planted_library",
        "machine code from a folder of its choice",
        BOTH,
        'return bool(ctypes.CDLL(stage.folder + "/library.so")._handle)',
        needs="a Python with shared extension modules",
    ),
    Payload(
        "list_uploads", "the names of uploads", BOTH, 'return "other.pkl" in os.listdir(stage.folder + "/uploads")'
    ),
    Payload("list_processes", "who runs on this machine", BOTH, 'return str(os.getpid()) in os.listdir("/proc")'),
    Payload(
        "read_control_groups",
        "what else runs on this machine, and how much of it",
        SECCOMP,
        'return len(os.listdir("/sys/fs/cgroup")) > 0',
        needs="control groups",
    ),
    Payload(
        "read_disk",
        "every file, past the file system",
        BOTH,
        """
        for name in ("vda", "sda", "nvme0n1", "xvda"):
            try:
                return len(os.read(os.open("/dev/" + name, os.O_RDONLY), 16)) == 16
            except FileNotFoundError:
                pass
        """,
        needs="root and a disk",
    ),
    Payload(
        "open_kernel_setting",
        "a setting of the kernel, to be written",
        BOTH,
        'return os.open("/proc/sys/kernel/hostname", os.O_WRONLY) > 0',
        needs="root",
    ),
    Payload("read_kernel_log", "what the kernel tells", SECCOMP, 'return call("syslog", 10, 0, 0) > 0', needs="root"),
)

LOOKS = (
    Payload(
        "stat_file",
        "whether a file is there, and its size",
        SECCOMP,
        """
        return os.stat(stage.folder + "/secret.txt").st_size == len(stage.secret)
        """,
    ),
    Payload(
        "statx_file",
        "the same, by the newest call",
        SECCOMP,
        """
        name, facts = (stage.folder + "/secret.txt").encode(), ctypes.create_string_buffer(256)
        return call("statx", -100, name, 0, 0xFFF, facts) == 0
        """,
    ),
    Payload(
        "ask_for_access",
        "whether a file may be read",
        SECCOMP,
        """
        return os.access(stage.folder + "/secret.txt", os.R_OK)
        """,
    ),
    Payload("read_link", "where a link leads", SECCOMP, 'return os.readlink(stage.folder + "/link") == "secret.txt"'),
    Payload("ask_for_room", "how full the disk is", SECCOMP, "return os.statvfs(stage.folder).f_blocks > 0"),
    Payload("read_attributes", "extended attributes", SECCOMP, 'os.listxattr(stage.folder + "/log.txt"); return True'),
    Payload(
        "change_folder",
        "whether a folder is there",
        SECCOMP,
        """
        here = os.getcwd()
        os.chdir(stage.folder)
        os.chdir(here)
        return True
        """,
    ),
    Payload(
        "open_place",
        "a descriptor of a path, without its content",
        SECCOMP,
        """
        os.close(os.open(stage.folder + "/secret.txt", os.O_PATH)); return True
        """,
    ),
    Payload(
        "file_handle",
        "the number of a file on the disk",
        SECCOMP,
        """
        handle, mount = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136), ctypes.c_int()
        name = (stage.folder + "/secret.txt").encode()
        return call("name_to_handle_at", -100, name, handle, ctypes.byref(mount), 0) == 0
        """,
    ),
    Payload(
        "watch_folder",
        "what others do in a folder, as it happens",
        SECCOMP,
        """
        return call("inotify_add_watch", call("inotify_init1", 0), (stage.folder + "/uploads").encode(), 0xFFF) > 0
        """,
    ),
    Payload(
        "watch_machine",
        "what others do in all files",
        SECCOMP,
        """
        return call("fanotify_init", 0x200, 0) > 0
        """,
        needs="a kernel with fanotify",
    ),
    Payload(
        "change_root",
        "another root of the file system",
        SECCOMP,
        """
        return call("chroot", b"/") == 0
        """,
        needs="root",
    ),
    Payload(
        "open_file_system",
        "a file system to mount",
        SECCOMP,
        """
        return call("fsopen", b"tmpfs", 0) > 0
        """,
        needs="root",
    ),
    Payload(
        "open_tree",
        "a copy of a mount",
        SECCOMP,
        """
        return call("open_tree", -100, stage.folder.encode(), 0) > 0
        """,
    ),
)

READING = (*READS, *LOOKS)
