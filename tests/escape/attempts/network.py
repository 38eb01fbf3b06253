# Reaching anybody: this machine's services, the network behind it, other processes by sockets of any kind.
from attempts.common import *

IMPATIENCE_S = 1.0


def greeting_of(family, address, question=b""):
    """What whoever listens there says."""
    with socket.socket(family, socket.SOCK_STREAM) as to:
        to.settimeout(IMPATIENCE_S)
        to.connect(address)
        if question:
            to.sendall(question)
        return repr(to.recv(200)) or "connected"


@attempt(control="user")
def listener_on_loopback(world):
    return greeting_of(socket.AF_INET, ("127.0.0.1", world["tcp_port"]))


@attempt(control="user")
def kappa_itself(world):
    return greeting_of(socket.AF_INET, ("127.0.0.1", world["server_port"]), b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")


@attempt(control="user")
def listener_on_every_name_of_loopback(world):
    return first_that_works(["0.0.0.0", "127.1.2.3", "localhost"],
                            lambda host: greeting_of(socket.AF_INET, (host, world["tcp_port"])))


@attempt()
def listener_on_loopback_ipv6(world):
    return greeting_of(socket.AF_INET6, ("::1", world["tcp6_port"]))


@attempt()
def listener_mapped_ipv6(world):
    return greeting_of(socket.AF_INET6, ("::ffff:127.0.0.1", world["tcp_port"]))


@attempt(control="user")
def unix_socket_on_host(world):
    return greeting_of(socket.AF_UNIX, world["unix_path"])


@attempt(control="user")
def unix_datagram_on_host(world):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.sendto(b"hello", world["datagram_path"])
        return "sent"


@attempt(control="user")
def abstract_socket_on_host(world):
    return greeting_of(socket.AF_UNIX, "\0" + world["abstract"])


@attempt(at_import=False)
def abstract_socket_of_another_function(world):
    with socket.socket(socket.AF_UNIX) as to:
        to.connect("\0" + world["victim_abstract"])
        return "connected"


@attempt(control="user")
def named_pipe_on_host(world):
    fd = os.open(world["fifo"], os.O_WRONLY | os.O_NONBLOCK)
    return f"wrote {os.write(fd, b'hello')} bytes"


@attempt()
def common_services_of_a_machine(world):
    return first_that_works(["/run/docker.sock", "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket",
                             "/run/systemd/private", "/run/systemd/journal/socket", "/dev/log", "/run/snapd.socket",
                             "/run/postgresql/.s.PGSQL.5432", "/run/mysqld/mysqld.sock", "/run/nscd/socket"],
                            lambda path: greeting_of(socket.AF_UNIX, path))


@attempt()
def cloud_metadata(world):
    return first_that_works(["169.254.169.254", "fd00:ec2::254"], lambda host: greeting_of(
        socket.AF_INET6 if ":" in host else socket.AF_INET, (host, 80), b"GET / HTTP/1.0\r\n\r\n"))


@attempt(control="machine")
def addresses_of_the_machine(world):
    """Its address in the network it is in, where services may listen that are not on loopback."""
    return first_that_works(world["addresses"], lambda host: greeting_of(socket.AF_INET, (host, world["any_port"])))


@attempt()
def name_service(world):
    return str(socket.getaddrinfo("example.org", 80))


@attempt()
def name_server_by_datagram(world):
    question = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x07example\x03org\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.settimeout(0.5)
        def one(host):
            to.sendto(question, (host, 53))
            return repr(to.recv(512))
        return first_that_works(["127.0.0.53", *world["name_servers"]], one)


@attempt(control="user")
def datagram_to_loopback(world):
    """Being let send is enough: nobody need answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        return f"sent {to.sendto(b'hello', ('127.0.0.1', world['tcp_port']))} bytes"


@attempt()
def broadcast(world):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return f"sent {to.sendto(b'hello', ('255.255.255.255', 9))} bytes"


@attempt(control="root")
def raw_socket(world):
    return str(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))


@attempt()
def ping_socket(world):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as to:
        return f"sent {to.sendto(bytes([8, 0, 0xf7, 0xff]) + bytes(4), ('127.0.0.1', 0))} bytes"


@attempt(control="root")
def packet_socket(world):
    return str(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))


@attempt(control="machine")
def netlink_route(world):
    """Interfaces, routes, and a piece of the kernel that has had many faults."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(IMPATIENCE_S)
        kernel.bind((0, 0))
        kernel.send(struct.pack("=IHHIIB3x", 20, 18, 0x301, 1, 0, 0))  # RTM_GETLINK, dumped
        return f"{len(kernel.recv(65536))} bytes of interfaces"


@attempt(control="machine")
def netlink_of_other_kinds(world):
    """Netfilter, audit, user socks, generic, uevents, crypto, diagnosis of sockets."""
    return first_that_works([12, 9, 2, 16, 15, 21, 4], lambda kind: str(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, kind)))


@attempt(control="machine")
def virtual_machine_socket(world):
    """To the machine that this one is a guest of."""
    with socket.socket(40, socket.SOCK_STREAM) as to:
        to.settimeout(IMPATIENCE_S)
        return str(to)


@attempt()
def crypto_socket(world):
    with socket.socket(38, socket.SOCK_SEQPACKET) as to:
        to.bind(("hash", "sha256"))
        return "bound"


@attempt(control="root", refused="EINVAL")
def sockets_of_odd_families(world):
    odd = [family for family in range(3, 46) if family not in (socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, 40, 38)]
    kinds = [(family, kind) for family in odd
             for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)]
    def one(pair):
        try:
            return str(socket.socket(pair[0], pair[1], 0))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EPROTOTYPE):
                return None
            raise
    return first_that_works(kinds, one)


@attempt(control="user")
def linger(world):
    """A socket that makes its last owner wait when it is closed. Sent to the server, that is the server."""
    with socket.socket() as to:
        pairs = [(level, option) for level in as_int(socket.SOL_SOCKET) for option in as_int(socket.SO_LINGER)]
        return first_that_works(pairs, lambda pair: f"set {syscall('setsockopt', to.fileno(), *pair, struct.pack('ii', 1, 25), 8)}")


@attempt(control="alone")
def bring_loopback_up(world):
    """With a network of one's own the next step is a device in it."""
    import fcntl
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
        return "lo is up"


@attempt(control="alone")
def make_interface(world):
    import fcntl
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tun0", 1))  # TUNSETIFF, IFF_TUN
    return "made"


@attempt(control="server")
def listen_for_others(world):
    """A listener that this machine could connect to; the driver gives the address of its own network for it."""
    with socket.socket() as listening, socket.socket() as to:
        listening.bind((world["addresses"][0] if world["addresses"] else "127.0.0.1", 0))
        listening.listen()
        to.settimeout(IMPATIENCE_S)
        to.connect(listening.getsockname())
        return f"listens at {listening.getsockname()}"
