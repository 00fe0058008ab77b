import Glibc
import HTTPServer

/// A blocking client on one socket. Every wait is bounded by ten seconds.
final class TestClient {
  struct Failure: Error { let call: String }

  struct Answer {
    var status = 0
    var fields: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  let descriptor: Int32
  private var buffer: [UInt8] = []
  private(set) var isEnded = false

  init(_ address: BoundAddress, receiveBuffer: Int32? = nil) throws {
    let family =
      address.scheme == "unix" ? AF_UNIX : address.host.contains(":") ? AF_INET6 : AF_INET
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(call: "socket") }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
    }
    guard Self.connect(descriptor, family, address) == 0 else { throw Failure(call: "connect") }
  }

  deinit { close(descriptor) }

  private static func connect(_ descriptor: Int32, _ family: Int32, _ address: BoundAddress)
    -> Int32
  {
    if family == AF_UNIX {
      var name = sockaddr_un()
      name.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address.host.utf8) }
      return call(&name) { Glibc.connect(descriptor, $0, $1) }
    }
    if family == AF_INET6 {
      var name = sockaddr_in6()
      name.sin6_family = sa_family_t(AF_INET6)
      name.sin6_port = in_port_t(address.port).bigEndian
      inet_pton(AF_INET6, address.host, &name.sin6_addr)
      return call(&name) { Glibc.connect(descriptor, $0, $1) }
    }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(address.port).bigEndian
    inet_pton(AF_INET, address.host, &name.sin_addr)
    return call(&name) { Glibc.connect(descriptor, $0, $1) }
  }

  private static func call<Name>(
    _ name: inout Name, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<Name>.size))
      }
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(call: "send") }
      sent += count
    }
  }

  /// Ends the sending side.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The connection ends with a reset when it is closed.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  private func fill() throws {
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &piece, piece.count, 0)
    guard count >= 0 else { throw Failure(call: "recv") }
    if count == 0 { isEnded = true }
    buffer += piece[..<count]
  }

  /// Whatever has come; waits for at least one byte. Empty at the end.
  func some() throws -> [UInt8] {
    if buffer.isEmpty, !isEnded { try fill() }
    defer { buffer = [] }
    return buffer
  }

  /// The next `count` bytes.
  func read(_ count: Int) throws -> [UInt8] {
    while buffer.count < count {
      if isEnded { throw Failure(call: "end") }
      try fill()
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  func line() throws -> String {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        let line = String(decoding: buffer[..<end].dropLast(), as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      if isEnded { throw Failure(call: "end") }
      try fill()
    }
  }

  /// Everything up to the end of the connection.
  func rest() throws -> [UInt8] {
    while !isEnded { try fill() }
    defer { buffer = [] }
    return buffer
  }

  /// The next answer with its body.
  func answer(toHead: Bool = false) throws -> Answer {
    var answer = try head()
    if toHead || answer.status == 204 || answer.status == 304 || answer.status < 200 {
      return answer
    }
    if answer.fields["transfer-encoding"] == "chunked" {
      while true {
        guard let count = Int(try line(), radix: 16) else { throw Failure(call: "chunk") }
        answer.body += try read(count)
        _ = try line()
        if count == 0 { return answer }
      }
    }
    if let length = answer.fields["content-length"].flatMap({ Int($0) }) {
      answer.body = try read(length)
    } else {
      answer.body = try rest()
    }
    return answer
  }

  func head() throws -> Answer {
    var answer = Answer()
    let words = try line().split(separator: " ")
    answer.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    while true {
      let text = try line()
      if text.isEmpty { return answer }
      let parts = text.split(separator: ":", maxSplits: 1)
      answer.fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].dropFirst()) : ""
    }
  }
}

/// The text of a request; `\r\n` and Host are added.
func request(_ line: String, _ fields: [String] = [], body: String = "") -> String {
  let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
  return (["\(line) HTTP/1.1", "Host: localhost"] + length + fields).joined(separator: "\r\n")
    + "\r\n\r\n" + body
}
