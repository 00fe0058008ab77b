import Glibc
import HTTP
import HTTPServer

/// What a hostile client does with one connection.
enum Attack: CaseIterable {
  case silence, halfHead, halfBody, slowHead, slowBody, badFraming, endlessHead, hugeClaims, bomb
  case deafReader, pipelineAndReset, noise, halfClose, tooManyFields

  /// 20 MB of zeros in 20 KB of gzip.
  private static let zeros: [UInt8] = [UInt8](repeating: 0, count: 20 << 20).withUnsafeBytes {
    ContentEncoder.encode($0, .gzip) ?? []
  }

  private static let path = "/v1/algorithms/dualize/execution"

  private static let badMessages = [
    "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nabcde",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeX\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
    "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 40000\r\n\r\n"
      + String(repeating: "[", count: 40_000),
  ]

  private static func post(_ fields: String) -> String {
    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(fields)\r\n"
  }

  /// Attacks once. Returns the socket where it is worth holding open for a while.
  func run(port: Int) -> RawSocket? {
    let isDeaf = self == .deafReader
    guard let socket = RawSocket(port: port, seconds: 2, receiveBuffer: isDeaf ? 4_096 : nil) else {
      return nil
    }
    if Bool.random() { socket.resetOnClose() }
    switch self {
    case .silence: return socket
    case .halfHead:
      socket.send(String("GET /livez HTTP/1.1\r\nHost: localhost\r\n".prefix(.random(in: 1...38))))
      return socket
    case .halfBody:
      socket.send(Self.post("Content-Length: 100000\r\n") + "{\"params\":")
      return socket
    case .slowHead: return Self.drip(socket, "GET /livez HTTP/1.1\r\nX: ")
    case .slowBody: return Self.drip(socket, Self.post("Content-Length: 1000\r\n"))
    case .badFraming:
      socket.send(Self.badMessages.randomElement() ?? "")
      socket.drain(bytes: 4_096)
    case .endlessHead:
      socket.send("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\nHost: a\r\n\r\n")
      socket.drain(bytes: 4_096)
    case .tooManyFields:
      socket.send("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 5_000))
      socket.drain(bytes: 4_096)
    case .hugeClaims:
      socket.send(Self.post("Content-Length: \(Bool.random() ? 1 << 40 : 200 << 20)\r\n") + "{")
      return socket
    case .bomb:
      let head = Self.post(
        "Content-Encoding: gzip\r\nContent-Length: \(Self.zeros.count)\r\n")
      if socket.send(Array(head.utf8) + Self.zeros) { socket.drain(bytes: 1) }
    case .deafReader:
      let request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
      socket.send(String(repeating: request, count: 20))
      return socket
    case .pipelineAndReset:
      let request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
      socket.send(
        String(repeating: request, count: 200) + Self.post("Content-Length: 2\r\n") + "{}")
      socket.resetOnClose()
    case .noise:
      socket.send((0..<Int.random(in: 1...2_000)).map { _ in UInt8.random(in: 0...255) })
    case .halfClose:
      socket.send(Self.post("Content-Length: 50\r\n") + "{}")
      socket.finish()
      socket.drain(bytes: 4_096)
    }
    return nil
  }

  private static func drip(_ socket: RawSocket, _ text: String) -> RawSocket {
    socket.send(text)
    for _ in 0..<3 {
      guard socket.send("x") else { break }
      poll(nil, 0, 5)
    }
    return socket
  }
}
