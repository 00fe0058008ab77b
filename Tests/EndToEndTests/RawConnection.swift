import Glibc

/// A TCP connection to the program on which a test writes bytes of its own. Every wait is bounded
/// by ten seconds.
final class RawConnection {
  let descriptor: Int32
  private var buffer: [UInt8] = []
  private(set) var isEnded = false

  init(port: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(port).map(\.bigEndian) ?? 0
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, result == 0 else { throw EndToEndFailure("no connection to \(port)") }
  }

  deinit { close(descriptor) }

  /// Sends as much as the other end takes.
  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw EndToEndFailure("send: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  /// The status of the next answer, whose body is read and dropped; nil where the connection ends
  /// before one.
  func status() throws -> Int? {
    var end = headEnd()
    while end == nil {
      guard try fill() else { return nil }
      end = headEnd()
    }
    guard let end else { return nil }
    let head = String(decoding: buffer[..<end], as: UTF8.self)
    buffer.removeFirst(end)
    var length = 0
    for line in head.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "content-length" {
        length = Int(parts[1].drop { $0 == " " }) ?? 0
      }
    }
    while buffer.count < length { guard try fill() else { break } }
    buffer.removeFirst(min(length, buffer.count))
    return head.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  /// Everything up to the end of the connection.
  func rest() throws -> String {
    while try fill() {}
    defer { buffer = [] }
    return String(decoding: buffer, as: UTF8.self)
  }

  /// Reads until the text has come.
  func wait(for text: String) throws {
    while !String(decoding: buffer, as: UTF8.self).contains(text) {
      guard try fill() else { throw EndToEndFailure("the connection ended before \(text)") }
    }
  }

  private func headEnd() -> Int? {
    guard buffer.count >= 4 else { return nil }
    let mark: [UInt8] = [13, 10, 13, 10]
    return (0...buffer.count - 4).first { buffer[$0..<$0 + 4].elementsEqual(mark) }.map { $0 + 4 }
  }

  private func fill() throws -> Bool {
    if isEnded { return false }
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &piece, piece.count, 0)
    // A reset is an end too.
    guard count >= 0 || errno == ECONNRESET else { throw EndToEndFailure("nothing came") }
    if count <= 0 { isEnded = true }
    buffer += piece[..<max(0, count)]
    return !isEnded
  }
}
