import Glibc
import HTTP

/// What waits to be written to one connection: bytes in order, then at most one body sent from
/// where it is.
///
/// Invariant: `offset <= bytes.count`; the bytes go out before the attachment.
struct OutputQueue {
  /// A body that is not copied.
  enum Attachment {
    case bytes([UInt8])
    case shared(any BytesOwner)
    case file(FileRegion)
    case stream(StreamChannel, isChunked: Bool, remaining: Int?)
  }

  private(set) var bytes: [UInt8] = []
  private(set) var offset = 0
  private(set) var attachment: Attachment?
  private(set) var attachmentOffset = 0
  /// Bytes handed to the system so far.
  private(set) var written = 0

  var hasBytes: Bool { offset < bytes.count }
  var isEmpty: Bool { !hasBytes && attachment == nil }
  /// Bytes waiting in front of the attachment.
  var pendingBytes: Int { bytes.count - offset }

  /// Adds bytes through `body`, behind those waiting.
  mutating func append(_ buffers: inout OutputBuffers, _ body: (inout [UInt8]) -> Void) {
    if bytes.capacity == 0 { bytes = buffers.take() }
    if offset > 65_536 {
      bytes.removeFirst(offset)
      offset = 0
    }
    body(&bytes)
  }

  mutating func attach(_ new: Attachment) {
    precondition(attachment == nil)
    attachment = new
    attachmentOffset = 0
  }

  /// Counts what is left of a stream of known length.
  mutating func noteStreamed(_ count: Int) {
    if case .stream(let channel, let isChunked, let remaining?) = attachment {
      attachment = .stream(channel, isChunked: isChunked, remaining: remaining - count)
    }
  }

  /// The attachment is sent or given up.
  mutating func detach() {
    attachment = nil
  }

  /// Writes until all is gone or the socket is full. A stream's bytes are not taken here.
  /// `moved(0)` stands for: everything that can go has gone.
  mutating func write(_ transport: Transport, _ descriptor: Int32) -> TransportResult {
    while true {
      let result: TransportResult
      switch attachment {
      case nil, .stream:
        guard hasBytes else { return .moved(0) }
        result = write(transport, descriptor, behind: UnsafeRawBufferPointer(start: nil, count: 0))
      case .bytes(let body):
        result = body.withUnsafeBytes { write(transport, descriptor, behind: $0) }
        if attachmentOffset == body.count { attachment = nil }
      case .shared(let owner):
        var outcome = TransportResult.failed
        owner.withBytes { outcome = write(transport, descriptor, behind: $0) }
        result = outcome
        if attachmentOffset == owner.byteCount { attachment = nil }
      case .file(let region):
        result = write(transport, descriptor, file: region)
        if attachmentOffset == region.count { attachment = nil }
      }
      guard case .moved = result else { return result }
    }
  }

  /// One write of what waits and of the body behind it.
  private mutating func write(
    _ transport: Transport, _ descriptor: Int32, behind body: UnsafeRawBufferPointer
  ) -> TransportResult {
    let rest = UnsafeRawBufferPointer(rebasing: body.dropFirst(attachmentOffset))
    if !hasBytes, rest.isEmpty { return .moved(0) }
    let result = bytes.withUnsafeBytes { head in
      transport.write(
        descriptor, UnsafeRawBufferPointer(rebasing: head.dropFirst(offset)), rest)
    }
    if case .moved(let count) = result {
      let fromHead = min(count, pendingBytes)
      offset += fromHead
      attachmentOffset += count - fromHead
      written += count
    }
    return result
  }

  private mutating func write(
    _ transport: Transport, _ descriptor: Int32, file region: FileRegion
  ) -> TransportResult {
    if hasBytes {
      return write(transport, descriptor, behind: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    let rest = region.count - attachmentOffset
    if rest == 0 { return .moved(0) }
    if let result = transport.sendFile(
      descriptor, region.file.descriptor, offset: region.offset + attachmentOffset, count: rest)
    {
      if case .moved(let count) = result {
        attachmentOffset += count
        written += count
      }
      return result
    }
    // TLS: the file goes through memory, 256 KB at a time.
    let piece = FileRegion(
      region.file, offset: region.offset + attachmentOffset, count: min(rest, 262_144)
    ).contents()
    guard !piece.isEmpty else { return .failed }
    offset = 0
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: piece)
    attachmentOffset += piece.count
    return .moved(piece.count)
  }

  /// Everything has gone: gives the buffer back.
  mutating func recycle(_ buffers: inout OutputBuffers) {
    guard !hasBytes, bytes.capacity > 0 else { return }
    offset = 0
    var used: [UInt8] = []
    swap(&used, &bytes)
    buffers.give(used)
  }
}
