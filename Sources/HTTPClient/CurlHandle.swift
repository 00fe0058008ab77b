import CCurl
import Glibc

/// One easy handle of libcurl.
///
/// Invariant (why it may cross threads): a handle is used by the one thread that took it out of
/// the client's list, and nobody else holds it until it is put back.
final class CurlHandle: @unchecked Sendable {
  private let curl: UnsafeMutableRawPointer

  /// Bytes that are sent or received with one call: tensor files are megabytes, and libcurl's own
  /// 16 KB (64 KB for sending) make a system call and a callback for each.
  private static let bufferBytes = 256 << 10

  /// Before any thread uses the library; its own initialisation is not thread-safe.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private init(_ curl: UnsafeMutableRawPointer) { self.curl = curl }

  deinit { curl_easy_cleanup(curl) }

  static func make() throws(HTTPClientError) -> CurlHandle {
    guard isLibraryReady, let curl = curl_easy_init() else {
      throw .transport(code: Int(CURLE_FAILED_INIT.rawValue), reason: "libcurl cannot be loaded")
    }
    return CurlHandle(curl)
  }

  /// Runs one request; connections of earlier ones are used where they fit.
  func perform(
    _ request: ClientRequest, onBody: @escaping (UnsafeRawBufferPointer, Int) -> Bool
  ) throws(HTTPClientError) -> (status: Int, fields: [(name: String, value: String)]) {
    let lowered = request.url.lowercased()
    guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else {
      throw .badURL(request.url)
    }
    curl_easy_reset(curl)
    let transfer = Transfer(curl: curl, onBody: onBody)
    let fieldList = try Self.list(request)
    defer { curl_slist_free_all(fieldList) }
    configure(request, fieldList, transfer)
    try attachBody(of: request, transfer)
    defer { transfer.closeFile() }
    var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    let code = withExtendedLifetime(transfer) {
      let context = Unmanaged.passUnretained(transfer).toOpaque()
      _ = matquay_curl_set_write(curl, CURLOPT_WRITEFUNCTION, receiveBody)
      _ = matquay_curl_set_pointer(curl, CURLOPT_WRITEDATA, context)
      _ = matquay_curl_set_write(curl, CURLOPT_HEADERFUNCTION, receiveHeadLine)
      _ = matquay_curl_set_pointer(curl, CURLOPT_HEADERDATA, context)
      return reason.withUnsafeMutableBufferPointer { buffer in
        _ = matquay_curl_set_pointer(curl, CURLOPT_ERRORBUFFER, buffer.baseAddress)
        defer { _ = matquay_curl_set_pointer(curl, CURLOPT_ERRORBUFFER, nil) }
        return curl_easy_perform(curl)
      }
    }
    guard code == CURLE_OK else {
      let words = String(
        decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if transfer.metForbiddenAddress { throw .forbiddenAddress }
      throw Self.error(code, words, request, stopped: transfer.isStopped)
    }
    return (matquay_curl_status(curl), transfer.fields)
  }

  private func configure(
    _ request: ClientRequest, _ fields: UnsafeMutablePointer<curl_slist>?, _ transfer: Transfer
  ) {
    _ = matquay_curl_set_text(curl, CURLOPT_URL, request.url)
    _ = matquay_curl_set_list(curl, CURLOPT_HTTPHEADER, fields)
    // Signals must not be used for time limits in a process with threads.
    _ = matquay_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
    _ = matquay_curl_set_text(curl, CURLOPT_PROXY, "")
    _ = matquay_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = matquay_curl_set_long(curl, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    _ = matquay_curl_set_long(curl, CURLOPT_BUFFERSIZE, Self.bufferBytes)
    _ = matquay_curl_set_long(curl, CURLOPT_UPLOAD_BUFFERSIZE, Self.bufferBytes)
    _ = matquay_curl_set_long(
      curl, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
    if let timeout = request.timeout {
      _ = matquay_curl_set_long(curl, CURLOPT_TIMEOUT_MS, Self.milliseconds(timeout))
    }
    switch request.trust {
    case .system: break
    case .authorities(let path): _ = matquay_curl_set_text(curl, CURLOPT_CAINFO, path)
    case .anyone:
      _ = matquay_curl_set_long(curl, CURLOPT_SSL_VERIFYPEER, 0)
      _ = matquay_curl_set_long(curl, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if request.reach == .publicAddresses {
      _ = matquay_curl_set_opener(curl, openSocket)
      _ = matquay_curl_set_pointer(
        curl, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(transfer).toOpaque())
      // A connection that another request opened was not looked at.
      _ = matquay_curl_set_long(curl, CURLOPT_FRESH_CONNECT, 1)
      _ = matquay_curl_set_long(curl, CURLOPT_FORBID_REUSE, 1)
    }
    if let socket = request.unixSocket {
      _ = matquay_curl_set_text(curl, CURLOPT_UNIX_SOCKET_PATH, socket)
    }
    if request.method == "HEAD" {
      _ = matquay_curl_set_long(curl, CURLOPT_NOBODY, 1)
    } else {
      _ = matquay_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  private func attachBody(
    of request: ClientRequest, _ transfer: Transfer
  ) throws(HTTPClientError) {
    let size: Int
    switch request.body {
    case .none: return
    case .bytes(let bytes):
      transfer.source = .bytes(bytes, sent: 0)
      size = bytes.count
    case .file(let path):
      size = try transfer.openFile(path)
    }
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    // POST with a read function sends the body as it is; PUT's upload mode would do the same but
    // adds fields of its own.
    _ = matquay_curl_set_long(curl, CURLOPT_POST, 1)
    _ = matquay_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, request.method)
    _ = matquay_curl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(size))
    _ = matquay_curl_set_read(curl, sendBody)
    _ = matquay_curl_set_pointer(curl, CURLOPT_READDATA, context)
  }

  private static func list(
    _ request: ClientRequest
  ) throws(HTTPClientError) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    var lines = request.fields.map { ($0.name, "\($0.name): \($0.value)", $0.value.isEmpty) }
    // libcurl adds these two to bodies unless told not to.
    for own in ["Expect", "Content-Type"]
    where !request.fields.contains(where: { $0.name.lowercased() == own.lowercased() }) {
      lines.append((own, "\(own):", false))
    }
    for (name, line, isEmpty) in lines {
      guard !line.utf8.contains(where: { [0, 10, 13].contains($0) }) else {
        curl_slist_free_all(list)
        throw .badField(name)
      }
      // "Name;" is libcurl's way to send a field without a value.
      list = curl_slist_append(list, isEmpty ? "\(name);" : line) ?? list
    }
    return list
  }

  private static func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    let whole = seconds.multipliedReportingOverflow(by: 1_000)
    let limit = Int64(Int32.max)
    return Int(
      whole.overflow
        ? limit : min(limit, max(1, whole.partialValue + attoseconds / 1_000_000_000_000_000)))
  }

  private static func error(
    _ code: CURLcode, _ words: String, _ request: ClientRequest, stopped: Bool
  ) -> HTTPClientError {
    let reason = words.isEmpty ? String(cString: curl_easy_strerror(code)) : words
    switch code {
    case CURLE_WRITE_ERROR where stopped: return .stopped
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .badURL(request.url)
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST: return .cannotConnect(reason)
    case CURLE_OPERATION_TIMEDOUT: return .timedOut(reason)
    case CURLE_ABORTED_BY_CALLBACK:
      if case .file(let path) = request.body { return .file(path: path, reason: "cannot be read") }
      return .transport(code: Int(code.rawValue), reason: reason)
    default: return .transport(code: Int(code.rawValue), reason: reason)
    }
  }
}

/// What the callbacks of one request share; used on the thread that performs it.
private final class Transfer {
  enum Source {
    case none
    case bytes([UInt8], sent: Int)
    case file(Int32)
  }

  private let curl: UnsafeMutableRawPointer
  private let onBody: (UnsafeRawBufferPointer, Int) -> Bool
  var source = Source.none
  private(set) var fields: [(name: String, value: String)] = []
  private(set) var isStopped = false
  /// A connection was refused because of its address.
  var metForbiddenAddress = false

  init(
    curl: UnsafeMutableRawPointer, onBody: @escaping (UnsafeRawBufferPointer, Int) -> Bool
  ) {
    self.curl = curl
    self.onBody = onBody
  }

  /// Opens the body's file and gives its size.
  func openFile(_ path: String) throws(HTTPClientError) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw .file(path: path, reason: String(cString: strerror(errno)))
    }
    source = .file(descriptor)
    return Int(status.st_size)
  }

  func closeFile() {
    if case .file(let descriptor) = source { close(descriptor) }
    source = .none
  }

  func take(_ chunk: UnsafeRawBufferPointer) -> Bool {
    isStopped = !onBody(chunk, matquay_curl_status(curl))
    return !isStopped
  }

  /// A status line begins a new head (after 100 Continue), so what came before it goes.
  func takeHeadLine(_ chunk: UnsafeRawBufferPointer) {
    let line = String(decoding: chunk, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      fields = []
    } else if let colon = line.firstIndex(of: ":") {
      fields.append((String(line[..<colon]), trimmed(line[line.index(after: colon)...])))
    }
  }

  /// Fills the buffer with the body's next bytes; `nil` where the file fails.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    switch source {
    case .none: return 0
    case .bytes(let bytes, let sent):
      let count = min(buffer.count, bytes.count - sent)
      bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[sent..<sent + count])) }
      source = .bytes(bytes, sent: sent + count)
      return count
    case .file(let descriptor):
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        if errno != EINTR { return nil }
      }
    }
  }

  private func trimmed(_ text: Substring) -> String {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}

private func transfer(_ context: UnsafeMutableRawPointer) -> Transfer {
  Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
  // Any other number than the whole ends the transfer.
  return transfer(context).take(chunk) ? chunk.count : chunk.count + 1
}

private func receiveHeadLine(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  transfer(context).takeHeadLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
  return size * count
}

/// Opens the socket of a connection whose address is resolved, unless that is a private one.
private func openSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let context, let address, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr)
  else { return -1 }
  let bytes = UnsafeMutableRawPointer(address) + offset
  var host: [UInt8] = []
  if address.pointee.family == AF_INET {
    withUnsafeBytes(of: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr) { host += $0 }
  } else if address.pointee.family == AF_INET6 {
    withUnsafeBytes(of: bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { host += $0 }
  }
  guard AddressRule.isPublic(host) else {
    transfer(context).metForbiddenAddress = true
    return -1
  }
  let isDatagram = address.pointee.socktype != Int32(SOCK_STREAM.rawValue)
  guard !isDatagram else { return -1 }
  return socket(
    address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
    address.pointee.protocol)
}

private func sendBody(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return Int(CURL_READFUNC_ABORT) }
  let room = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
  return transfer(context).fill(room) ?? Int(CURL_READFUNC_ABORT)
}
