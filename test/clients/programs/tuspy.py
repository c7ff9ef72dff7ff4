from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from lines import answer_lines


def tus(url, path, name, type):
    uploader = TusClient(url).uploader(
        path,
        chunk_size=100_000,
        metadata={'filename': name, 'filetype': type},
    )
    try:
        uploader.upload()
    except TusCommunicationError as error:
        return error.status_code, error.response_content
    return uploader.request.status_code, b''


answer_lines({'tus': tus})
