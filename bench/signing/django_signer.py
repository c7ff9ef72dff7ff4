"""Signs and checks with Django's TimestampSigner for some seconds and prints how often."""

import json
import sys
import time

from django.conf import settings

settings.configure(SECRET_KEY="the bench signs with this secret, and nothing else does")

from django.core.signing import TimestampSigner  # noqa: E402 - after the settings it reads

MESSAGE = "reports/2026/annual-report-final.pdf//2026-01-01T00:00:00.123456+00:00"


def count_for(seconds, call):
    """Calls a second."""
    started = time.perf_counter()
    calls = 0
    while time.perf_counter() - started < seconds:
        for _ in range(1000):
            call()
        calls += 1000
    return calls / (time.perf_counter() - started)


seconds = float(sys.argv[1])
# One signer for all calls: the original makes one a call, which is slower.
signer = TimestampSigner()
token = signer.sign(MESSAGE)
sign = lambda: signer.sign(MESSAGE)  # noqa: E731
check = lambda: signer.unsign(token, max_age=3600)  # noqa: E731

count_for(seconds / 4, sign)
print(json.dumps({"signs": count_for(seconds, sign), "checks": count_for(seconds, check)}))
