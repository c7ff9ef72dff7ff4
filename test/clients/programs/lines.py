"""See lines.mjs: the same lines, for programs in Python."""

import base64
import sys


def answer_lines(ways):
    for line in sys.stdin:
        way, *args = line.rstrip('\n').split('\t')
        try:
            status, body = ways[way](*args)
        except Exception as error:
            status, body = 'error', repr(error).encode()
        print(status, base64.b64encode(body).decode(), sep='\t', flush=True)
