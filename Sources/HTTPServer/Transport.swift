import CSystem
import Glibc

/// What came of an attempt to read or write a socket.
enum TransportResult: Equatable {
  /// So many bytes, at least one.
  case moved(Int)
  /// Nothing now; `needsWrite` where TLS has to write before it can go on reading, or the reverse.
  case blocked(otherWay: Bool)
  /// The peer will send no more.
  case ended
  /// The connection is broken.
  case failed
}

/// Bytes in clear or through TLS.
enum Transport {
  case plain
  case secure(TLSSession)

  /// epoll tells of news only. TLS reads a record at a time and cannot say what the socket still has:
  /// there epoll tells as long as there is something.
  var isEdgeTriggered: Bool {
    if case .plain = self { return true }
    return false
  }

  /// Clear bytes wait inside TLS, where epoll cannot see them.
  var hasBuffered: Bool {
    if case .secure(let session) = self { return session.hasBuffered }
    return false
  }

  func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> TransportResult {
    switch self {
    case .plain:
      let count = retrying { csystem_receive(descriptor, buffer.baseAddress, buffer.count) }
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .blocked(otherWay: false) : .failed
    case .secure(let session): return session.read(buffer)
    }
  }

  /// Writes from `first`, then from `second`, with one call where the transport can.
  func write(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> TransportResult {
    switch self {
    case .plain:
      let count = retrying {
        first.isEmpty
          ? csystem_send(descriptor, second.baseAddress, second.count, nil, 0)
          : csystem_send(
            descriptor, first.baseAddress, first.count, second.baseAddress, second.count)
      }
      if count >= 0 { return .moved(count) }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .blocked(otherWay: false) : .failed
    case .secure(let session): return session.write(first.isEmpty ? second : first)
    }
  }

  /// Sends a part of a file; nil where the transport cannot, and the bytes have to be read first.
  func sendFile(
    _ descriptor: Int32, _ file: Int32, offset: Int, count: Int
  ) -> TransportResult? {
    guard case .plain = self else { return nil }
    let sent = retrying {
      csystem_send_file(descriptor, file, offset, min(count, 1 << 20))
    }
    if sent > 0 { return .moved(sent) }
    // Nothing sent: the file is shorter than it was.
    if sent == 0 { return .failed }
    return errno == EAGAIN || errno == EWOULDBLOCK ? .blocked(otherWay: false) : .failed
  }
}
