import Glibc

/// A client with one blocking connection that does as little as it can, so that large bodies
/// measure the server and not the client: what is sent is not copied first, and what comes in goes
/// where it is to be, or is dropped by the kernel. A peer that is silent for a minute is given up.
final class BulkClient {
  private let descriptor: Int32

  /// Connects to this machine; `nil` where nobody listens.
  init?(port: Int) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return nil
    }
    var on: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// Sends a request and has the kernel drop its whole answer.
  ///
  /// - Returns: bytes of the answer's body; `nil` where its status is not 200, it has no length,
  ///   or the connection broke or stood still.
  func exchange(_ head: String, body: [UInt8] = []) -> Int? {
    guard let (length, rest) = begin(head, body) else { return nil }
    var missing = length - rest.count
    while missing > 0 {
      // With MSG_TRUNC the kernel drops the bytes instead of copying them.
      let count = recv(descriptor, nil, min(missing, 1 << 20), Int32(MSG_TRUNC))
      guard count > 0 else { return nil }
      missing -= count
    }
    return length
  }

  /// Sends a request and receives its whole answer, into memory that grows where it has to.
  ///
  /// - Returns: like the other `exchange`.
  func exchange(_ head: String, body: [UInt8], into received: inout [UInt8]) -> Int? {
    guard let (length, rest) = begin(head, body) else { return nil }
    if received.count < length { received = [UInt8](repeating: 0, count: length) }
    received.replaceSubrange(0..<rest.count, with: rest)
    var count = rest.count
    while count < length {
      let more = received.withUnsafeMutableBytes { bytes in
        recv(descriptor, bytes.baseAddress.map { $0 + count }, length - count, 0)
      }
      guard more > 0 else { return nil }
      count += more
    }
    return length
  }

  /// Sends a request and receives the head of its answer.
  ///
  /// - Returns: bytes of the body, and those that came with the head; `nil` where it is not 200.
  private func begin(_ head: String, _ body: [UInt8]) -> (length: Int, rest: ArraySlice<UInt8>)? {
    let request = Array("\(head)\r\nHost: 127.0.0.1\r\n\r\n".utf8)
    guard send(request), send(body), let (status, length, rest) = answerHead(), status == 200,
      rest.count <= length
    else { return nil }
    return (length, rest)
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        let count = Glibc.send(
          descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }
  }

  /// Status, length of the body, and what of the body came with the head.
  private func answerHead() -> (status: Int, length: Int, rest: ArraySlice<UInt8>)? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < 65_536 {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      bytes += chunk[..<count]
      let text = String(decoding: bytes, as: Unicode.ASCII.self)
      guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
      let lines = text[..<end.lowerBound].split(separator: "\r\n")
      let words = lines.first?.split(separator: " ") ?? []
      guard words.count > 1, let status = Int(words[1]) else { return nil }
      let length = lines.dropFirst().lazy.compactMap { line -> Int? in
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
        return Int(parts[1].drop { $0 == " " })
      }.first
      guard let length else { return nil }
      return (status, length, bytes[text[..<end.upperBound].utf8.count...])
    }
    return nil
  }
}
