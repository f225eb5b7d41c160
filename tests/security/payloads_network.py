"""Payloads that speak to somebody: sockets of every kind, on this machine alone."""

from payload import BOTH, SECCOMP, Payload

NETWORK = (
    Payload(
        "connect_tcp",
        "a connection",
        BOTH,
        """
        socket.create_connection(("127.0.0.1", stage.port))
        return True
        """,
    ),
    Payload(
        "connect_tcp_ipv6",
        "a connection, by the newer protocol",
        BOTH,
        """
        one = socket.socket(socket.AF_INET6)
        one.connect(("::ffff:127.0.0.1", stage.port))
        return True
        """,
        needs="IPv6",
    ),
    Payload(
        "connect_tcp_while_sending",
        "a connection, without connecting first",
        SECCOMP,
        """
        one = socket.socket()
        return one.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", stage.port)) == 1
        """,
        needs="TCP fast open",
    ),
    Payload(
        "connect_multipath_tcp",
        "a connection, by a protocol beside TCP",
        SECCOMP,
        """
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
        one.connect(("127.0.0.1", stage.port))
        return True
        """,
        needs="multipath TCP",
    ),
    Payload(
        "listen_tcp",
        "a door for others",
        BOTH,
        """
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        one.listen()
        return True
        """,
    ),
    Payload(
        "listen_tcp_unbound",
        "a door at a port of the kernel's choice",
        SECCOMP,
        """
        one = socket.socket()
        one.listen()
        return one.getsockname()[1] > 0
        """,
    ),
    Payload(
        "send_udp",
        "a message",
        SECCOMP,
        """
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return one.sendto(stage.secret, ("127.0.0.1", stage.udp)) > 0
        """,
    ),
    Payload(
        "send_udp_lite",
        "a message, by a protocol beside UDP",
        SECCOMP,
        """
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136).sendto(b"x", ("127.0.0.1", stage.udp)) > 0
        """,
        needs="UDP-Lite",
    ),
    Payload(
        "receive_udp",
        "a letter box",
        SECCOMP,
        """
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        return True
        """,
    ),
    Payload(
        "resolve_name",
        "an address for a name",
        BOTH,
        """
        return socket.gethostbyname("localhost") == "127.0.0.1"
        """,
        needs="a name for this machine",
    ),
    Payload(
        "raw_socket",
        "packets of its own making",
        SECCOMP,
        """
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).fileno() > 0
        """,
        needs="root",
    ),
    Payload(
        "ping_socket",
        "a knock at other machines",
        SECCOMP,
        """
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).fileno() > 0
        """,
        needs="a user who may ping",
    ),
    Payload(
        "packet_socket",
        "all that others send and get",
        SECCOMP,
        """
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno() > 0
        """,
        needs="root",
    ),
    Payload("list_interfaces", "the network of this machine", SECCOMP, "return len(socket.if_nameindex()) > 0"),
    Payload(
        "netlink_socket",
        "a line to the kernel",
        SECCOMP,
        """
        one = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        one.bind((0, 0))
        return True
        """,
    ),
    Payload(
        "connect_unix",
        "a service of this machine, by a path",
        SECCOMP,
        """
        socket.socket(socket.AF_UNIX).connect(stage.folder + "/unix")
        return True
        """,
    ),
    Payload(
        "send_unix",
        "a message to a service, by a path",
        SECCOMP,
        """
        one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        return one.sendto(stage.secret, stage.folder + "/datagrams") > 0
        """,
    ),
    Payload(
        "listen_unix",
        "a door with a path",
        BOTH,
        """
        socket.socket(socket.AF_UNIX).bind(stage.folder + "/new")
        return True
        """,
    ),
    Payload(
        "connect_abstract",
        "a service of this machine, by a name",
        BOTH,
        """
        socket.socket(socket.AF_UNIX).connect("\\0" + stage.folder)
        return True
        """,
    ),
    Payload(
        "listen_abstract",
        "a door with a name",
        SECCOMP,
        """
        socket.socket(socket.AF_UNIX).bind("\\0" + stage.folder + "/new")
        return True
        """,
    ),
    Payload(
        "vsock",
        "a line to the machine around a virtual one",
        SECCOMP,
        """
        return socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).fileno() > 0
        """,
        needs="vsock",
    ),
    Payload(
        "kernel_crypto",
        "a socket to code deep in the kernel",
        SECCOMP,
        """
        one = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
        one.bind(("hash", "sha256"))
        return True
        """,
        needs="the kernel's cryptography",
    ),
)
