"""What Django itself says: reads one JSON request from stdin, writes one JSON answer to stdout."""

import json
import os
import sys
import tempfile
import time
from unittest import mock

import django
from django.conf import settings

request = json.load(sys.stdin)
settings.configure(
    SECRET_KEY="unused",
    USE_TZ=request["zone"] == "UTC",
    TIME_ZONE=request["zone"],
)
os.environ["TZ"] = request["zone"]
time.tzset()

from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.core.signing import BadSignature, TimestampSigner  # noqa: E402
from django.utils.encoding import filepath_to_uri  # noqa: E402


def message_of(storage, case):
    path = os.path.join(storage.location, "file")
    os.utime(path, ns=(0, int(case["mtimeNs"])))
    # A file system may keep less than a nanosecond, or other years; the test hears what it kept.
    kept = os.stat(path).st_mtime_ns
    return f"{case['name']}//{storage.get_modified_time('file').isoformat()}", kept


def verify(message, case):
    with mock.patch("time.time", return_value=case["nowSeconds"]):
        try:
            TimestampSigner(case["secret"]).unsign(f"{message}:{case['token']}", max_age=3600)
        except BadSignature as error:
            return type(error).__name__
    return "ok"


with tempfile.TemporaryDirectory() as folder:
    storage = FileSystemStorage(location=folder)
    open(os.path.join(folder, "file"), "w").close()
    answers = []
    for case in request["cases"]:
        message, kept = message_of(storage, case)
        answer = {"message": message, "mtimeNs": str(kept), "path": filepath_to_uri(case["name"])}
        if "token" in case:
            answer["verified"] = verify(message, case)
        else:
            with mock.patch("time.time", return_value=case["nowSeconds"]):
                signed = TimestampSigner(case["secret"]).sign(message)
            answer["token"] = signed[len(message) + 1 :]
        answers.append(answer)

json.dump({"django": django.__version__, "answers": answers}, sys.stdout)
