"""Awaits what never comes, in a thousand tasks that refuse to be cancelled."""
# expects: timeout
# prints: "awaiting\n"
import asyncio


async def stubborn():
    while True:
        try:
            await asyncio.Future()
        except asyncio.CancelledError:
            pass


async def main():
    print("awaiting")
    await asyncio.gather(*(stubborn() for _ in range(1000)))
