import CSQLite
import Glibc

/// The few calls of POSIX that durable files need; −1 becomes a `StoreError` here and nowhere else.
enum FileAccess {
  /// A descriptor closed with its owner.
  struct Descriptor: ~Copyable {
    let number: Int32

    deinit { Glibc.close(number) }
  }

  static func open(_ path: String, _ flags: Int32) throws(StoreError) -> Descriptor {
    let number = retrying { Glibc.open(path, flags | O_CLOEXEC, 0o600) }
    guard number >= 0 else { throw failure(path) }
    return Descriptor(number: number)
  }

  static func makeDirectory(_ path: String) throws(StoreError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure(path) }
  }

  /// The directory and those above it that are missing.
  static func makeDirectories(_ path: String) throws(StoreError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part
      try makeDirectory(made)
      made += "/"
    }
  }

  static func write(
    _ bytes: [UInt8], to descriptor: borrowing Descriptor
  ) throws(StoreError) {
    let number = descriptor.number
    try LongWork.inPieces(of: bytes.count) { (piece) throws(StoreError) in
      var piece = piece
      while !piece.isEmpty {
        let written = bytes.withUnsafeBytes { all in
          let rest = UnsafeRawBufferPointer(rebasing: all[piece])
          return retrying { Glibc.write(number, rest.baseAddress, rest.count) }
        }
        guard written >= 0 else { throw failure("write") }
        piece = (piece.lowerBound + written)..<piece.upperBound
      }
    }
  }

  static func synchronize(_ descriptor: borrowing Descriptor) throws(StoreError) {
    let number = descriptor.number
    guard retrying({ fsync(number) }) == 0 else { throw failure("fsync") }
  }

  static func synchronizeDirectory(_ path: String) throws(StoreError) {
    try synchronize(try open(path, O_RDONLY | O_DIRECTORY))
  }

  static func rename(_ from: String, to: String) throws(StoreError) {
    guard Glibc.rename(from, to) == 0 else { throw failure(to) }
  }

  /// Removes the file; false when it was not there.
  @discardableResult
  static func remove(_ path: String) throws(StoreError) -> Bool {
    if unlink(path) == 0 { return true }
    if errno == ENOENT { return false }
    throw failure(path)
  }

  /// Size and time of the last change, in seconds; nil when there is no such file.
  static func status(_ path: String) throws(StoreError) -> (count: Int, changed: Int)? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw failure(path)
    }
    return (Int(status.st_size), Int(status.st_mtim.tv_sec))
  }

  /// Sets the time of the last change, in seconds. False when there is no such file.
  static func touch(_ path: String, seconds: Int) throws(StoreError) -> Bool {
    let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    if utimensat(AT_FDCWD, path, times, 0) == 0 { return true }
    if errno == ENOENT { return false }
    throw failure(path)
  }

  /// The whole file; nil when there is none.
  static func read(_ path: String) throws(StoreError) -> [UInt8]? {
    guard let status = try status(path) else { return nil }
    let descriptor = try open(path, O_RDONLY)
    let number = descriptor.number
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: status.count) { buffer, count in
      while count < buffer.count {
        let done = count
        let read = retrying {
          Glibc.read(number, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        }
        failed = read < 0
        if read <= 0 { break }
        count += read
      }
    }
    if failed { throw failure(path) }
    return bytes
  }

  /// Names in a directory, without `.` and `..`; empty when there is no such directory.
  static func names(in path: String) throws(StoreError) -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw failure(path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Whether the path lies on a file system of another machine.
  static func isNetwork(_ path: String) -> Bool {
    var status = statfs()
    guard statfs(path, &status) == 0 else { return false }
    // Magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, CODA, AFS, 9P, Ceph.
    let network: Set<UInt32> = [
      0x6969, 0x517b, 0xfe53_4d42, 0xff53_4d42, 0x7375_7245, 0x5346_414f, 0x0102_1997,
      0x00c3_6400,
    ]
    return network.contains(UInt32(truncatingIfNeeded: status.f_type))
  }

  /// Takes the exclusive lock of a file without waiting; false when another process has it.
  static func lock(_ descriptor: borrowing Descriptor) -> Bool {
    flock(descriptor.number, LOCK_EX | LOCK_NB) == 0
  }

  private static func retrying<Number: SignedInteger>(_ call: () -> Number) -> Number {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  /// The error that `errno` stands for. Called right after the call that set it.
  private static func failure(_ what: String) -> StoreError {
    let code = errno
    if code == ENOSPC || code == EDQUOT { return .full }
    return .io(code: Int(code), message: "\(what): \(String(cString: strerror(code)))")
  }
}
