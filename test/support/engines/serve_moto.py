# moto as it is, without work that it does again for each request: half of its time went into listing its
# own folder of services, and a part of the rest into a log that nobody reads.
# And its writes one at a time: it answers in threads, and looks whether a name is free (If-None-Match)
# before it takes it, so that under load two had it.
#
#   python3 serve_moto.py -H 127.0.0.1 -p PORT

import functools
import gc
import logging
import threading

from moto import backends
from moto.s3.responses import S3Response
from moto.server import main

services = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: services
logging.getLogger("werkzeug").setLevel(logging.ERROR)
writes = threading.RLock()


def one_at_a_time(method):
    @functools.wraps(method)
    def wrapped(*args, **kwargs):
        with writes:
            return method(*args, **kwargs)

    return wrapped


for name in ("put_object", "_key_response_post"):
    if hasattr(S3Response, name):
        setattr(S3Response, name, one_at_a_time(getattr(S3Response, name)))
# What was loaded stays; it need not be looked through for garbage.
gc.freeze()
main()
