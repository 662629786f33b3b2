# Follows a progress channel with the `websockets` library until a run has ended, and prints each message as it came.
import asyncio
import sys

import websockets


async def follow(url, key):
    async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {key}"}) as channel:
        print("open", flush=True)
        async for message in channel:
            print(message, flush=True)
            if '"job_completed"' in message or '"job_error"' in message:
                return


asyncio.run(follow(*sys.argv[1:]))
