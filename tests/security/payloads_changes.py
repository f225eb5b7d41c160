"""Payloads that write, delete, move or mark files."""

from payload import BOTH, LIMITS, SECCOMP, Payload

CHANGES = (
    Payload("write_file", "a new file", BOTH, 'open(stage.folder + "/new", "w").write("x"); return True'),
    Payload(
        "write_file_by_number",
        "a new file, past Python",
        BOTH,
        'os.write(call("openat", -100, (stage.folder + "/new").encode(), os.O_CREAT | os.O_WRONLY, 0o600), b"x")'
        "; return True",
    ),
    Payload(
        "write_file_by_openat2",
        "a new file, by the newest call",
        BOTH,
        'call("openat2", -100, (stage.folder + "/new").encode(), struct.pack("QQQ", 0o101, 0o600, 0), 24); return True',
    ),
    Payload("create_empty_file", "a new name", BOTH, 'os.close(os.open(stage.folder + "/new", 0o101)); return True'),
    Payload("append_to_log", "a forged line", BOTH, 'open(stage.folder + "/log.txt", "a").write("x"); return True'),
    Payload("overwrite_file", "other content", BOTH, 'open(stage.folder + "/log.txt", "r+").write("x"); return True'),
    Payload("truncate_file", "lost content", BOTH, 'os.truncate(stage.folder + "/log.txt", 0); return True'),
    Payload("delete_file", "a lost file", BOTH, 'os.unlink(stage.folder + "/log.txt"); return True'),
    Payload(
        "rename_file", "a moved file", BOTH, 'os.rename(stage.folder + "/log.txt", stage.folder + "/l"); return True'
    ),
    Payload(
        "exchange_files",
        "two files swapped",
        BOTH,
        """
        names = [(stage.folder + name).encode() for name in ("/log.txt", "/secret.txt")]
        call("renameat2", -100, names[0], -100, names[1], 2)
        return True
        """,
    ),
    Payload("make_folder", "a new folder", BOTH, 'os.mkdir(stage.folder + "/new"); return True'),
    Payload("remove_folder", "a lost folder", BOTH, 'os.rmdir(stage.folder + "/empty"); return True'),
    Payload("make_symlink", "a link", BOTH, 'os.symlink("/etc", stage.folder + "/new"); return True'),
    Payload(
        "make_hard_link",
        "a second name of a file",
        BOTH,
        'os.link(stage.folder + "/log.txt", stage.folder + "/new"); return True',
    ),
    Payload("make_fifo", "a pipe with a name", BOTH, 'os.mkfifo(stage.folder + "/new"); return True'),
    Payload("make_socket_file", "a socket with a name", BOTH, 'os.mknod(stage.folder + "/new", 0o140600); return True'),
    Payload(
        "make_device",
        "a device",
        BOTH,
        'os.mknod(stage.folder + "/new", 0o020600, os.makedev(1, 3)); return True',
        needs="root",
    ),
    Payload(
        "unnamed_file_in_shared_memory",
        "a place to store data",
        BOTH,
        'os.write(os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR), b"x"); return True',
        needs="a /dev/shm",
    ),
    Payload("change_mode", "other rights", SECCOMP, 'os.chmod(stage.folder + "/log.txt", 0o777); return True'),
    Payload("change_owner", "another group", SECCOMP, 'os.chown(stage.folder + "/log.txt", -1, os.getgid()); return 1'),
    Payload("change_times", "forged times", SECCOMP, 'os.utime(stage.folder + "/log.txt", (1, 1)); return True'),
    Payload(
        "set_attribute",
        "an extended attribute",
        SECCOMP,
        'os.setxattr(stage.folder + "/log.txt", "user.x", b"x"); return True',
        needs="a file system with extended attributes",
    ),
    Payload(
        "fill_disk",
        "a full disk",
        f"{BOTH}, {LIMITS}",
        """
        for number in range(4):
            with open(f"{stage.folder}/{number}", "wb") as file:
                file.write(bytes(65536))
        return True
        """,
    ),
    Payload(
        "store_in_memory_file",
        "memory that counts for nobody",
        f"{LIMITS}, {SECCOMP}",
        'return os.write(os.memfd_create("x"), bytes(1000)) == 1000',
    ),
    Payload(
        "refit_with_a_cache",
        "files of a cache, by nothing but scikit-learn",
        BOTH,
        """
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC
        steps = [("a", StandardScaler()), ("b", SVC())]
        Pipeline(steps, memory=stage.folder + "/cache").fit([[1.0], [2.0]], [0, 1])
        return True
        """,
    ),
)
