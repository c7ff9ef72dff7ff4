# moto as it is, without work that it does again for each request: half of its time went into listing its
# own folder of services, and a part of the rest into a log that nobody reads.
#
#   python3 serve_moto.py -H 127.0.0.1 -p PORT

import gc
import logging

from moto import backends
from moto.server import main

services = list(backends.list_of_moto_modules())
backends.list_of_moto_modules = lambda: services
logging.getLogger("werkzeug").setLevel(logging.ERROR)
# What was loaded stays; it need not be looked through for garbage.
gc.freeze()
main()
