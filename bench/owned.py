"""The part `owned`: search by photo over HTTP among 100,000 photos that one owns."""

import collections
import http.client
import json
import subprocess
import threading
import time
import uuid

import equipment


def search(connection, house, photo):
    """One search. Its status and headers, and what it answered."""
    boundary = uuid.uuid4().hex
    body = b"".join(
        (f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n'.encode(), b"Content-Type: image/jpeg\r\n\r\n", photo, f"\r\n--{boundary}--\r\n".encode())
    )
    headers = {"Cookie": house.cookie, "Origin": f"http://127.0.0.1:{house.port}", "Content-Type": f"multipart/form-data; boundary={boundary}"}
    connection.request("POST", "/api/v1/listings/similar", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def clients(house, photos, count, seconds):
    """So many clients, each asking again once it is answered: milliseconds of the answers, and how many of each kind."""
    times, kinds, lock = [], collections.Counter(), threading.Lock()
    end = time.monotonic() + seconds

    def ask(number):
        connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                status, headers, _ = search(connection, house, photos[number % len(photos)])
                kind = "429 without Retry-After" if status == 429 and not headers["Retry-After"] else str(status)
            except (OSError, http.client.HTTPException) as problem:
                kind = type(problem).__name__
                connection.close()
            with lock:
                kinds[kind] += 1
                if kind == "200":
                    times.append(1000 * (time.monotonic() - began))
            number += count
            if kind == "429":
                time.sleep(float(headers["Retry-After"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    share = lambda part: times[min(len(times) - 1, int(part * len(times)))] if times else float("inf")  # noqa: E731
    return {"clients": count, "p50": share(0.5), "p99": share(0.99), "per_s": len(times) / seconds, "answers": dict(kinds)}


def first_search(house, photos):
    """Seconds from asking to the first answer after a start: models and index included."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=300)
    status, _, answer = search(connection, house, photos[0])
    if status != 200:
        raise RuntimeError(f"search by photo answered {status}: {answer[:300]}")
    return time.monotonic() - began, json.loads(answer)


def own_many(house, photos, count, drafted):
    """Drafts these photos, then adds rows of things that are not there, in a house that is stopped."""
    for photo in photos:
        status, answer, _ = house.call("POST", "/api/v1/listings?again=true", photo)
        if status >= 300:
            raise RuntimeError(f"a photo was refused: {answer}")
    while drafted(house) < len(photos):
        time.sleep(0.1)
    house.server.stop()
    equipment.pip(equipment.python(), "numpy")
    subprocess.run([equipment.python(), equipment.ROOT / "bench" / "own_many.py", house.data / "vitrine.db", str(count)], check=True)


def owned(bench, Row, drafted):
    count = max(2000, int(100_000 * bench.scale))
    photos = [path.read_bytes() for path in equipment.mixed_photos(60)]
    with bench.house(2) as house:
        own_many(house, photos, count, drafted)
        house.server.start()
        house.wait_for_server()
        rows_s, answer = first_search(house, photos)
        house.server.stop()  # saves a snapshot
        house.server.start()
        house.wait_for_server()
        snapshot_s, _ = first_search(house, photos)
        again_s, _ = first_search(house, photos)
        time.sleep(bench.seconds(90))  # the rows are gathered into clusters anew after every start; until then searches look at all of them
        alone = clients(house, photos, 1, bench.seconds(10))
        four = clients(house, photos, 4, bench.seconds(30))
        hundred = clients(house, photos, 100, bench.seconds(30))
    bench.keep("owned", {"searched": answer["searched"], "first_from_rows_s": rows_s, "first_from_snapshot_s": snapshot_s, "next_s": again_s, "alone": alone, "four": four, "hundred": hundred})
    wrong = sum(number for kind, number in hundred["answers"].items() if kind not in ("200", "429"))
    return [
        Row(f"search by photo among {count:,}, 4 clients: p50", four["p50"], "ms", 60),
        Row(f"search by photo among {count:,}, 4 clients: p99", four["p99"], "ms", 150),
        Row("100 clients: answers that are neither 200 nor 429 with Retry-After", wrong, "", 0),
        Row("first search after a start, from the snapshot, models included", snapshot_s, "s", 2),
    ]
