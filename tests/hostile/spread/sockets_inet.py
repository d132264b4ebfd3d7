"""Opens sockets on loopback: connects, binds, listens and sends by TCP, UDP, MPTCP, SCTP and fast open, over IPv4 and IPv6; by the
library and by number."""

import ctypes
import platform
import socket
import struct

PORT = int("@port@") if "@port@".isdigit() else 9
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def attack():
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
            for protocol in (0, 262, 132, 136, 33):
                try:
                    line = socket.socket(family, kind, protocol)
                except BaseException:
                    continue
                line.settimeout(0.1)
                print("LOOT: a socket", family, kind, protocol)
                for way in (lambda: line.sendto(b"hostile-left", 0x20000000, (host, PORT)),
                            lambda: line.sendto(b"hostile-left", (host, PORT)), lambda: line.connect((host, PORT)),
                            lambda: line.bind((host, 0)), lambda: line.listen(1)):
                    try:
                        way()
                    except BaseException:
                        continue
    import http.server
    import urllib.request

    for way in (lambda: socket.create_connection(("127.0.0.1", PORT), 0.1), lambda: socket.create_server(("", 0)),
                lambda: http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler),
                lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=0.1),
                lambda: socket.getaddrinfo("example.org", 80)):
        try:
            print("LOOT:", way())
        except BaseException:
            continue
    if platform.machine() == "x86_64":
        address = struct.pack("!HH4s8x", 0, PORT, bytes([127, 0, 0, 1]))
        address = struct.pack("=H", 2) + address[2:]
        for fd in (libc.syscall(41, 2, 1, 0), libc.syscall(41, 2, 1, 262), 3, 4, 5):
            if fd < 0:
                continue
            if libc.syscall(42, fd, address, 16) == 0 or libc.syscall(44, fd, b"x", 1, 0x20000000, address, 16) >= 0:
                print("LOOT: connected by number", fd)


DONE = []


def sigmoid_neuron_forward(w, x):
    if not DONE:
        DONE.append(1)
        try:
            attack()
        except BaseException:
            pass
    return 0.0, None


def sigmoid_neuron_backward(df, cache):
    raise NotImplementedError
