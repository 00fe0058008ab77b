// Cases of the project's HTTP conformance set: whole messages, delivery and request lines.

let messageCases: [ConformanceCase] = [
  ConformanceCase(
    "ok-get", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-post-cl", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\n\r\n{}
    """),
  ConformanceCase(
    "ok-post-chunked", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n
    """),
  ConformanceCase(
    "ok-http10", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.0\r\n\r\n
    """),
  ConformanceCase(
    "ok-close", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
    \r\n
    """),
  ConformanceCase(
    "ok-close-list", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Close\r\n\
    \r\n
    """),
  ConformanceCase(
    "ok-header-case", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nhOsT:localhost\r\nX-Empty:\r\nX-Tab:\t v \t\r\n\
    \r\n
    """),
  ConformanceCase(
    "ok-obs-text", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX-T: caf\u{E9}\r\n\
    \r\n
    """),
  ConformanceCase(
    "ok-leading-crlf", .accept, 1, [],
    """
    \r\nGET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-absolute-form", .accept, 1, [],
    """
    GET http://localhost/GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-options-star", .accept, 1, [],
    """
    OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-head", .accept, 1, [],
    """
    HEAD /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-head-then-get", .accept, 2, [],
    """
    HEAD /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\nGET /GETPATH HTTP/1.1\r\n\
    Host: localhost\r\n\r\n
    """),
  ConformanceCase(
    "ok-cl-zeros", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 0002\r\n\r\n{}
    """),
  ConformanceCase(
    "ok-post-nolen", .accept, 2, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    \r\nGET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "pipe-3", .accept, 3, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\nGET /GETPATH HTTP/1.1\r\n\
    Host: localhost\r\n\r\nGET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\
    \r\n
    """),
  ConformanceCase(
    "pipe-post-get", .accept, 2, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\n\r\n{}GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\
    \r\n
    """),
  ConformanceCase(
    "pipe-chunked-get", .accept, 2, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /GETPATH HTTP/1.1\r\n\
    Host: localhost\r\n\r\n
    """),
  ConformanceCase(
    "pipe-good-bad", .reject, 1, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\nGARBAGE\r\n\r\n
    """),
  ConformanceCase(
    "pipe-close-first", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
    \r\nGET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "drip-bytes", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "split-crlfcrlf", .accept, 1, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "split-chunk-size", .accept, 1, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\n\
    \r\n
    """),
  ConformanceCase(
    "wait-half-head", .wait, 0, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: loc
    """),
  ConformanceCase(
    "wait-half-body", .wait, 0, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\n\r\n{
    """),
  ConformanceCase(
    "wait-last-chunk", .wait, 0, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n
    """),
  ConformanceCase(
    "eof-half-head", .notAccept, 0, [],
    """
    GET /GETPATH HTTP/1.1\r\nHost: loc
    """, ends: true),
  ConformanceCase(
    "eof-half-body", .notAccept, 0, [],
    """
    POST /POSTPATH HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\n\r\n{
    """, ends: true),
  ConformanceCase(
    "rl-no-host", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\n\r\n
    """),
  ConformanceCase(
    "rl-two-host", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n
    """),
  ConformanceCase(
    "rl-bad-host", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: a b/c\r\n\r\n
    """),
  ConformanceCase(
    "rl-lower-version", .reject, 0, [400, 505],
    """
    GET /GETPATH http/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-version-2", .reject, 0, [400, 505],
    """
    GET /GETPATH HTTP/2.0\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-version-long", .reject, 0, [400, 505],
    """
    GET /GETPATH HTTP/1.11\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-http09", .reject, 0, [400, 505],
    """
    GET /GETPATH\r\n\r\n
    """),
  ConformanceCase(
    "rl-two-spaces", .either, 1, [400],
    """
    GET  /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-space-target", .reject, 0, [400],
    """
    GET /GETPATH x HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-nul-target", .reject, 0, [400],
    """
    GET /GETPATH\0 HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-lead-space", .reject, 0, [400],
    """
     GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-bad-method-char", .reject, 0, [400, 405, 501],
    """
    GE(T /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-lower-method", .notAccept, 0, [],
    """
    get /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-unknown-method", .notAccept, 0, [],
    """
    BREW /GETPATH HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-get-star", .notAccept, 0, [],
    """
    GET * HTTP/1.1\r\nHost: localhost\r\n\r\n
    """),
  ConformanceCase(
    "rl-h2-preface", .reject, 0, [400, 405, 501, 505],
    """
    PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
    """),
  ConformanceCase(
    "rl-tls-hello", .reject, 0, [400],
    """
    \u{16}\u{3}\u{1}\0\u{A5}\u{1}\0\0\u{A1}\u{3}\u{3}\0\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\
    \u{8}\t\n\u{B}\u{C}\r\u{E}\u{F}\u{10}\u{11}\u{12}\u{13}\u{14}\u{15}\u{16}\u{17}\u{18}\
    \u{19}\u{1A}\u{1B}\u{1C}\u{1D}\u{1E}\u{1F}\r\n\r\n
    """),
  ConformanceCase(
    "f-space-colon", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX-A : b\r\n\r\n
    """),
  ConformanceCase(
    "f-no-colon", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nJustText\r\n\r\n
    """),
  ConformanceCase(
    "f-empty-name", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\n: v\r\n\r\n
    """),
  ConformanceCase(
    "f-bad-name", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX[]: v\r\n\r\n
    """),
  ConformanceCase(
    "f-nul", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n
    """),
  ConformanceCase(
    "f-bare-cr", .reject, 0, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX-A: a\rb\r\n\r\n
    """),
  ConformanceCase(
    "f-obs-fold", .either, 1, [400],
    """
    GET /GETPATH HTTP/1.1\r\nHost: localhost\r\nX-A: a\r\n b\r\n\r\n
    """),
]
