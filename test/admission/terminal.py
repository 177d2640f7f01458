"""Runs a command on a terminal of its own. Prints what the command prints.

Reads orders from stdin, a line each: `ctrl-c` types it, `close` closes the terminal. When the
command has ended, the last line is `ended with N`, where N is negative for a signal.
"""
import os, pty, select, sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def say(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


say(b"runs as %d\n" % pid)
orders = sys.stdin.fileno()
reading = [terminal, orders]
while terminal in reading:
    ready, _, _ = select.select(reading, [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # The command has ended.
            data = b""
        say(data)
        if not data:
            break
    if orders in ready:
        order = os.read(orders, 4096).decode()
        if "ctrl-c" in order:
            os.write(terminal, b"\x03")
        if "close" in order:
            os.close(terminal)
            break
        if not order:
            reading.remove(orders)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
say(b"\nended with %d\n" % status)
