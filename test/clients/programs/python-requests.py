import requests

from lines import answer_lines


def form(url, path, name, type):
    with open(path, 'rb') as file:
        files = {'file': (name, file, type)}
        response = requests.post(url, data={'note': 'größer'}, files=files)
    return response.status_code, response.content


def put(url, path, name, type):
    with open(path, 'rb') as file:
        headers = {'Content-Type': type}
        response = requests.put(url, data=file, headers=headers, params={'filename': name})
    return response.status_code, response.content


def untyped(url, path, *_):
    with open(path, 'rb') as file:
        response = requests.post(url, data=file)
    return response.status_code, response.content


answer_lines({'form': form, 'put': put, 'untyped': untyped})
