import Glibc
import Synchronization

/// Sends requests and waits for their answers; connections are kept for the next request.
///
/// May be used from several threads at once: each request has a handle of its own while it runs.
/// Redirects are not followed, proxies of the environment are not used, and only http and https
/// are spoken.
public final class BlockingClient: Sendable {
  /// Handles (with their connections) that no request uses.
  private let idle = Mutex<[CurlHandle]>([])
  private static let idleLimit = 8

  public init() {}

  /// Sends a request and keeps the whole answer.
  public func send(_ request: ClientRequest) throws(HTTPClientError) -> ClientReply {
    let memory = MemoryReceiver(limit: request.maximumBody)
    let head: (status: Int, fields: [(name: String, value: String)])
    do throws(HTTPClientError) {
      head = try receive(request) { memory.take($0) }
    } catch {
      throw memory.isOverfull ? .tooLarge(limit: request.maximumBody) : error
    }
    return ClientReply(status: head.status, fields: head.fields, body: memory.bytes)
  }

  /// Sends a request and writes the body of a 2xx answer to a file as it comes; the body of any
  /// other answer is kept in memory. The file is made or emptied only for a 2xx.
  public func download(
    _ request: ClientRequest, to path: String
  ) throws(HTTPClientError) -> ClientReply {
    let file = FileReceiver(path: path, limit: request.maximumBody)
    let head: (status: Int, fields: [(name: String, value: String)])
    do throws(HTTPClientError) {
      head = try run(request) { chunk, status in file.take(chunk, isSuccess: status / 100 == 2) }
    } catch {
      file.close()
      throw file.failure ?? error
    }
    if head.status / 100 == 2 {
      _ = file.take(UnsafeRawBufferPointer(start: nil, count: 0), isSuccess: true)
    }
    file.close()
    if let failure = file.failure { throw failure }
    return ClientReply(status: head.status, fields: head.fields, body: file.memory)
  }

  /// Sends a request and hands each piece of the answer's body over as it comes.
  ///
  /// - Parameter body: `false` ends the transfer with `HTTPClientError.stopped`. The buffer is
  ///   valid during the call only.
  public func receive(
    _ request: ClientRequest, _ body: @escaping (UnsafeRawBufferPointer) -> Bool
  ) throws(HTTPClientError) -> (status: Int, fields: [(name: String, value: String)]) {
    try run(request) { chunk, _ in body(chunk) }
  }

  private func run(
    _ request: ClientRequest, _ body: @escaping (UnsafeRawBufferPointer, Int) -> Bool
  ) throws(HTTPClientError) -> (status: Int, fields: [(name: String, value: String)]) {
    let kept = idle.withLock { $0.popLast() }
    let handle: CurlHandle
    if let kept { handle = kept } else { handle = try CurlHandle.make() }
    let outcome = Result { () throws(HTTPClientError) in
      try handle.perform(request, onBody: body)
    }
    idle.withLock { if $0.count < Self.idleLimit { $0.append(handle) } }
    return try outcome.get()
  }
}

/// Keeps a body in memory up to its limit.
private final class MemoryReceiver {
  private let limit: Int
  private(set) var bytes: [UInt8] = []
  private(set) var isOverfull = false

  init(limit: Int) { self.limit = limit }

  func take(_ chunk: UnsafeRawBufferPointer) -> Bool {
    isOverfull = chunk.count > limit - bytes.count
    if !isOverfull { bytes.append(contentsOf: chunk) }
    return !isOverfull
  }
}

/// Writes a body to a file, opened with the first piece; an unsuccessful answer's goes to memory.
private final class FileReceiver {
  private let path: String
  private let limit: Int
  private var descriptor: Int32 = -1
  private(set) var memory: [UInt8] = []
  private(set) var failure: HTTPClientError?

  init(path: String, limit: Int) {
    self.path = path
    self.limit = limit
  }

  func take(_ chunk: UnsafeRawBufferPointer, isSuccess: Bool) -> Bool {
    guard isSuccess else {
      guard chunk.count <= limit - memory.count else {
        failure = .tooLarge(limit: limit)
        return false
      }
      memory.append(contentsOf: chunk)
      return true
    }
    if descriptor < 0 { descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
    var rest = chunk
    while descriptor >= 0 && !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { break }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    guard descriptor >= 0, rest.isEmpty else {
      failure = .file(path: path, reason: String(cString: strerror(errno)))
      return false
    }
    return true
  }

  func close() {
    if descriptor >= 0, Glibc.close(descriptor) != 0, failure == nil {
      failure = .file(path: path, reason: String(cString: strerror(errno)))
    }
    descriptor = -1
  }
}
