/// The Python client that the service gives out: one file, the standard library and numpy.
enum PythonClient {
  static let text = #"""
    """Client of Matquay: one file, the standard library and numpy.

        from client import Client
        matquay = Client("http://127.0.0.1:8080")
        dual = matquay.dualize(gradient).outputs["dual"]
        job = matquay.submit("blast", {"matrix": weights}, rank=32)
        result = job.result(timeout=600)

    The address and the key come from MATQUAY_URL and MATQUAY_API_KEY where they are not given.
    """
    import io
    import json
    import os
    import time
    import urllib.error
    import urllib.parse
    import urllib.request

    import numpy


    class MatquayError(Exception):
        """A problem document (RFC 9457)."""

        def __init__(self, problem, status):
            super().__init__(problem.get("detail") or problem.get("title") or str(status))
            self.problem = problem
            self.status = status
            self.name = problem.get("type", "").rpartition("/")[2]
            self.errors = problem.get("errors", [])


    class Result:
        """The outputs by name as numpy arrays, and the report."""

        def __init__(self, outputs, report, job_id=None):
            self.outputs = outputs
            self.report = report
            self.job_id = job_id

        def __getitem__(self, name):
            return self.outputs[name]


    class Job:
        def __init__(self, client, document):
            self._client = client
            self.document = document

        @property
        def id(self):
            return self.document["id"]

        @property
        def state(self):
            return self.document["state"]

        @property
        def is_over(self):
            return self.state in ("succeeded", "failed", "cancelled")

        def refresh(self, wait=0):
            headers = {}
            if wait:
                headers = {"Prefer": "wait=%d" % wait,
                           "If-None-Match": '"%d"' % self.document["revision"]}
            status, _, body = self._client._send("GET", "/v1/jobs/" + self.id, headers=headers)
            if status != 304:
                self.document = json.loads(body)
            return self

        def cancel(self):
            body = self._client._send("POST", "/v1/jobs/%s/cancel" % self.id)[2]
            self.document = json.loads(body)
            return self

        def result(self, timeout=None):
            """Waits until the job is over; raises MatquayError where it has no result."""
            end = None if timeout is None else time.monotonic() + timeout
            while not self.is_over:
                left = 20 if end is None else min(20, end - time.monotonic())
                if left <= 0:
                    raise TimeoutError("job %s is still %s" % (self.id, self.state))
                self.refresh(wait=max(1, int(left)))
            return self._client._result("GET", "/v1/jobs/%s/results" % self.id)


    class PagingSession:
        """Live paging decisions; closes the session at the end of a with block."""

        def __init__(self, client, document):
            self._client = client
            self.document = document
            self.id = document["session"]
            self.next = document["next"]

        def request(self, pages, samples=()):
            body = {"seq": self.next, "pages": list(pages)}
            if samples:
                body["samples"] = [{"ticket": t, "cost": c} for t, c in samples]
            answer = self._client._json("POST", self._path("/requests"), body)
            self.next = answer["next"]
            return answer["decisions"]

        def report(self, samples):
            body = {"samples": [{"ticket": t, "cost": c} for t, c in samples]}
            return self._client._json("POST", self._path("/samples"), body)

        def close(self):
            self._client._send("DELETE", self._path(""))

        def _path(self, tail):
            return "/v1/paging/sessions/" + self.id + tail

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.close()


    class Client:
        def __init__(self, url=None, key=None, timeout=60, retries=3):
            url = url or os.environ.get("MATQUAY_URL", "http://127.0.0.1:8080")
            self.url = url.rstrip("/")
            self.key = key or os.environ.get("MATQUAY_API_KEY")
            self.timeout = timeout
            self.retries = retries

        def dualize(self, gradient, **params):
            return self.run("dualize", {"gradient": gradient}, **params)

        def blast(self, matrix, **params):
            return self.run("blast", {"matrix": matrix}, **params)

        def cluster(self, target, source=None, **params):
            inputs = {"target": target}
            if source is not None:
                inputs["source"] = source
            return self.run("cluster", inputs, **params)

        def paging(self, trace, **params):
            return self.run("paging", {"trace": trace}, **params)

        def paging_session(self, **options):
            return PagingSession(self, self._json("POST", "/v1/paging/sessions", options))

        def run(self, algorithm, inputs, timeout=None, **params):
            """Runs to the end, however long it takes."""
            return self.submit(algorithm, inputs, **params).result(timeout)

        def submit(self, algorithm, inputs, seed=0, priority=500, labels=None, **params):
            query = {"seed": seed, "priority": priority}
            for name, value in (labels or {}).items():
                query["label." + name] = value
            for name, value in params.items():
                query[name] = value if isinstance(value, str) else json.dumps(value)
            path = "/v1/algorithms/%s/execution?%s" % (
                algorithm, urllib.parse.urlencode(query))
            headers = {"Content-Type": "application/x-npz", "Prefer": "respond-async",
                       "Accept": "application/json"}
            status, _, body = self._send("POST", path, self._npz(inputs), headers)
            document = json.loads(body)
            if status == 200:
                return self.job(document["job_id"])
            return Job(self, document)

        def job(self, job_id):
            return Job(self, self._json("GET", "/v1/jobs/" + job_id))

        def jobs(self, **filters):
            query = urllib.parse.urlencode(filters, doseq=True)
            return [Job(self, d) for d in self._json("GET", "/v1/jobs?" + query)["items"]]

        def algorithms(self):
            return self._json("GET", "/v1/algorithms")["items"]

        @staticmethod
        def _npz(inputs):
            # Tensors of torch have numpy(); everything else is made an array.
            arrays = {}
            for name, value in inputs.items():
                if hasattr(value, "detach"):
                    value = value.detach().cpu().numpy()
                arrays[name] = numpy.asarray(value)
            stream = io.BytesIO()
            numpy.savez(stream, **arrays)
            return stream.getvalue()

        def _result(self, method, path):
            headers = {"Accept": "application/vnd.safetensors"}
            _, fields, body = self._send(method, path, headers=headers)
            outputs, metadata = read_safetensors(body)
            return Result(outputs, json.loads(metadata.get("report", "{}")),
                          fields.get("X-Job-Id"))

        def _json(self, method, path, body=None):
            data = None if body is None else json.dumps(body).encode()
            return json.loads(self._send(method, path, data)[2])

        def _send(self, method, path, data=None, headers=None):
            headers = dict(headers or {})
            if data is not None:
                headers.setdefault("Content-Type", "application/json")
            if self.key:
                headers["Authorization"] = "Bearer " + self.key
            for attempt in range(self.retries + 1):
                request = urllib.request.Request(
                    self.url + path, data=data, headers=headers, method=method)
                try:
                    with urllib.request.urlopen(request, timeout=self.timeout) as response:
                        return response.status, response.headers, response.read()
                except urllib.error.HTTPError as error:
                    with error:
                        body = error.read()
                    if error.code == 304:
                        return 304, error.headers, b""
                    if error.code in (429, 503) and attempt < self.retries:
                        time.sleep(float(error.headers.get("Retry-After") or 1))
                        continue
                    try:
                        problem = json.loads(body)
                    except ValueError:
                        problem = {"title": error.reason}
                    raise MatquayError(problem, error.code) from None


    _TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1",
              "BOOL": "|b1"}


    def read_safetensors(data):
        """The tensors by name and the metadata; BF16 comes as float32."""
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + length])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            raw = data[8 + length + start:8 + length + end]
            if entry["dtype"] == "BF16":
                wide = numpy.frombuffer(raw, "<u2").astype("<u4") << 16
                array = wide.view("<f4")
            else:
                array = numpy.frombuffer(raw, _TYPES[entry["dtype"]])
            tensors[name] = array.reshape(entry["shape"])
        return tensors, metadata

    """#
}
