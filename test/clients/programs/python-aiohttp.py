import asyncio

import aiohttp

from lines import answer_lines


async def form(url, path, name, type):
    async with aiohttp.ClientSession() as session:
        with open(path, 'rb') as file:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field('note', 'größer')
            data.add_field('file', file, filename=name, content_type=type)
            async with session.post(url, data=data) as response:
                return response.status, await response.read()


async def put(url, path, name, type):
    async with aiohttp.ClientSession() as session:
        with open(path, 'rb') as file:
            headers = {'Content-Type': type}
            params = {'filename': name}
            async with session.put(url, data=file, headers=headers, params=params) as response:
                return response.status, await response.read()


async def untyped(url, path, *_):
    async with aiohttp.ClientSession() as session:
        with open(path, 'rb') as file:
            async with session.post(url, data=file.read()) as response:
                return response.status, await response.read()


def run(way):
    return lambda *args: asyncio.run(way(*args))


answer_lines({'form': run(form), 'put': run(put), 'untyped': run(untyped)})
