"""Messages over a socket: a number, the length, the bytes; used at both ends."""

import struct

__all__ = ['HEAD', 'LARGEST', 'READY', 'receive', 'send']

HEAD = struct.Struct('>IQ')  # number of the message, bytes that follow
LARGEST = 16_000_000  # bytes of one message
READY = 0  # number of the first message of a child


def send(line, number, data):
    """Send one message; returns when the last byte is on its way."""
    line.sendall(HEAD.pack(number, len(data)) + data)


def receive(line):
    """(number, bytes) of the next message, without a deadline.

    Raises:
        EOFError: if the other end is closed.
    """
    number, size = HEAD.unpack(_exactly(line, HEAD.size))
    return number, _exactly(line, size)


def _exactly(line, size):
    data = bytearray()
    while len(data) < size:
        part = line.recv(min(size - len(data), 1 << 20))
        if not part:
            raise EOFError
        data += part
    return bytes(data)
