// Cases of the project's HTTP conformance set: framing, chunks and expectations.

let framingCases: [ConformanceCase] = [
  ConformanceCase(
    "f-first-line-space", .either, 1, [400],
    """
    GET /GETPATH HTTP/1.1\r\n X-A: b\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "f-lf-only", .either, 1, [400],
    """
    GET /GETPATH HTTP/1.1\nHost: localhost\n\n
    """),
  ConformanceCase(
    "f-cr-only", .notAccept, 0, [],
    """
    GET /GETPATH HTTP/1.1\rHost: localhost\r\r
    """),
  ConformanceCase(
    "cl-negative", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: -2\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-plus", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: +2\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-hex", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 0x2\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-junk", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2x\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-space", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2 2\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-empty", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: \r\n\r\n{}
    """),
  ConformanceCase(
    "cl-list-diff", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2, 3\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-float", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2.0\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-overflow", .reject, 0, [400, 413],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 18446744073709551618\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-huge", .reject, 0, [400, 413],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 99999999999999\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-dup-diff", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-dup-same", .either, 1, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}
    """),
  ConformanceCase(
    "cl-get-body", .accept, 2, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nContent-Length: 43\r\n\
    \r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\nGET /GETPATH HTTP/1.1\r\n\
    Host: localhost\r\n\r\n
    """),
  ConformanceCase(
    "te-and-cl", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n\
    0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "te-and-cl-rev", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n\
    GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "te-identity", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-gzip-only", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-chunked-not-last", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-chunked-twice", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-xchunked", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-vt", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: \u{B}chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-space-colon", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n2\r\n\
    {}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-two-fields", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\
    \r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-http10", .either, 1, [400, 501],
    """
    POST /POSTPATH HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "te-lf-hidden", .reject, 0, [400, 501],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n\
    2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-upper-ext-trailer", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n0A;n="v;x"\r\n{"a":1   }\r\n\
    0\r\nX-T: v\r\n\r\n
    """),
  ConformanceCase(
    "ch-lead-zeros", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n0000002\r\n{}\r\n000\r\n\r\n
    """),
  ConformanceCase(
    "ch-0x", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-neg", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-empty-size", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-g", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\ng\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-overflow", .reject, 0, [400, 413],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n\
    0\r\n\r\n
    """),
  ConformanceCase(
    "ch-lf-size", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-lf-data", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-short-size", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-lf-in-ext", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-space-size", .either, 1, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ch-bad-trailer", .reject, 0, [400],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nbad trailer\r\n\
    \r\n
    """),
  ConformanceCase(
    "ex-100", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}
    """),
  ConformanceCase(
    "ex-100-nobody", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\
    \r\n
    """),
  ConformanceCase(
    "ex-unknown", .either, 1, [400, 417],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\nExpect: tea\r\n\r\n{}
    """),
  ConformanceCase(
    "up-h2c", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n\
    Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n
    """),
  ConformanceCase(
    "early-404-body", .notAccept, 0, [],
    """
    POST /no-such-path HTTP/1.1\r\nHost: localhost\r\nContent-Length: 43\r\n\
    \r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
]
